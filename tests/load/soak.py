"""Let visitors come and go for a long time, and tell whether the server grows.

    python -m tests.load.soak [--minutes 60] [--every 5] [--seed 0]

Starts the real server. Every few seconds a visitor opens the app, draws a few strokes and leaves; each fifth one also
trains a short run. Every answer is checked. Each minute one line says what the server uses. The last lines say how much
that grew per hour once it had settled, and whether that is more than its noise. Needs Linux.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import torch

from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from mnist_core.runs.registry import FORGET_AFTER
from tests.load.drawings import Stroke, load_drawings, strokes_of_visitors
from tests.load.lesson import Outcome, Plan, hold_lesson
from tests.load.process import MB, Usage, running, usage

VISIT = Plan(sessions=1, strokes=4, runs=0, reloads=0, arrive=0, model="MLP")
TRAIN_EVERY = 5  # visitors
POOL = 40  # visitors' drawings that are prepared; later visitors draw the same again
SIGNIFICANT = 3.0  # standard errors
NEGLIGIBLE = 0.05  # of the mean, per hour
SETTLED = FORGET_AFTER / 60  # minutes: from then on as many ended runs are forgotten as new ones come


def growth(minutes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Return the slope of a line through some values, per hour, and its standard error.

    Args:
        minutes: when they were measured, at least three different ones.
        values: what was measured.
    """
    slope, intercept = statistics.linear_regression(minutes, values)
    rests = [value - slope * minute - intercept for minute, value in zip(minutes, values, strict=True)]
    spread = sum((minute - statistics.fmean(minutes)) ** 2 for minute in minutes)
    error = (sum(rest**2 for rest in rests) / max(1, len(rests) - 2) / spread) ** 0.5
    return slope * 60, error * 60


async def visits(address: str, every: float, strokes: Sequence[Sequence[Stroke]], outcomes: list[Outcome]) -> None:
    """Let a visitor come every few seconds, until this is cancelled."""
    async with asyncio.TaskGroup() as group:
        for number in count():
            plan = replace(VISIT, runs=int(number % TRAIN_EVERY == 0), seed=number)
            group.create_task(visit(address, plan, strokes[number % len(strokes)], outcomes))
            await asyncio.sleep(every)


async def visit(address: str, plan: Plan, strokes: Sequence[Stroke], outcomes: list[Outcome]) -> None:
    outcomes.append(await hold_lesson(address, plan, [strokes]))


async def soak(address: str, pid: int, minutes: float, every: float, seed: int) -> list[str]:
    """Let visitors come for some minutes, print what the server uses, and return what went wrong."""
    predictor = load_predictor("cnn")
    pool = load_drawings(ASSETS / "examples.jsonl")
    strokes = strokes_of_visitors(pool, predictor, POOL, VISIT.strokes, seed)
    outcomes: list[Outcome] = []
    coming = asyncio.create_task(visits(address, every, strokes, outcomes))
    start, samples = time.monotonic(), list[tuple[float, Usage]]()
    while (passed := (time.monotonic() - start) / 60) < minutes and not coming.done():
        await asyncio.sleep(min(60.0, 60 * (minutes - passed)))
        used = usage(pid)
        samples.append(((time.monotonic() - start) / 60, used))
        print(
            f"{samples[-1][0]:.0f} min: {used.rss / MB:.0f} MB, {used.threads} threads, {used.files} files, "
            f"{used.cpu:.0f} s of CPU, {len(outcomes)} visitors, {sum(len(each.runs) for each in outcomes)} runs",
            flush=True,
        )
    coming.cancel()
    with suppress(asyncio.CancelledError):
        await coming
    report(samples)
    return [complaint for outcome in outcomes for complaint in outcome.complaints]


def report(samples: Sequence[tuple[float, Usage]]) -> None:
    """Print how much the server grew once it had settled, or over the second half of less than twice that time."""
    settled = [(minute, used) for minute, used in samples if minute > SETTLED]
    late = settled if len(settled) > len(samples) // 2 else samples[len(samples) // 2 :]
    if len(late) < 3:
        print("too short to tell whether it grows: at least six minutes are needed")
        return
    minutes = [minute for minute, _ in late]
    for name, values in {
        "memory (MB)": [used.rss / MB for _, used in late],
        "threads": [float(used.threads) for _, used in late],
        "files": [float(used.files) for _, used in late],
    }.items():
        slope, error = growth(minutes, values)
        words = verdict(slope, error, statistics.fmean(values))
        print(f"{name}: {slope:+.1f} ± {error:.1f} per hour over the last {len(late)} samples: {words}")


def verdict(slope: float, error: float, mean: float) -> str:
    """Tell whether something grows.

    Args:
        slope: its growth per hour.
        error: the standard error of that.
        mean: of the thing itself.
    """
    if slope > SIGNIFICANT * error:
        return "it grows"
    if slope + SIGNIFICANT * error < NEGLIGIBLE * mean:
        return "it does not grow"
    return "cannot be told yet: take more time"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long")
    parser.add_argument("--every", type=float, default=5, help="seconds between two visitors")
    parser.add_argument("--seed", type=int, default=0, help="of the drawings")
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        work = soak(server.address, server.pid, given.minutes, given.every, given.seed)
        complaints = asyncio.run(work)
        complaints += server.tracebacks()
        status = server.terminate(30)
    for complaint in complaints[:10]:
        print(f"- {complaint:.600}")
    print(f"{len(complaints)} complaints; the server ended with status {status}")
    raise SystemExit(1 if complaints else 0)


if __name__ == "__main__":
    main()
