"""Let a class of thirty visit the app at once, check every answer, and measure how long they wait.

    python -m tests.load [--sessions 30] [--strokes 20] [--runs 10] [--reloads 10] [--drawings FILE] [--short]

Starts the real server on a port of its own, with a folder for runs of its own, and one process with all visitors. Each
downloads the web page, draws with pauses of 1 to 3 s, and compares each answer with the one computed beforehand. Some
start a run at the same moment, reload the page while it trains, and watch it. Needs Linux, and MNIST for real figures.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from tests.browser.serving import free_port, launch
from tests.load.drawings import load_drawings, strokes_of_visitors
from tests.load.lesson import Outcome, Plan, hold_lesson, wrong_records
from tests.load.process import MB, Usage, usage

SAMPLE_EVERY = 0.25  # s
REST = 10.0  # s from the last visitor's leaving to the last look at the memory
SHORT = Plan(sessions=6, strokes=5, runs=2, reloads=2, arrive=2)
WARM_UP = Plan(sessions=1, strokes=2, runs=1, reloads=0, arrive=0)


def percentiles(name: str, delays: Sequence[float]) -> str:
    """Return one line with the median, the 95th percentile and the maximum of some delays in s."""
    if not delays:
        return f"{name}: none"
    ranked = sorted(delays)
    middle, high = (ranked[round(share * (len(ranked) - 1))] * 1000 for share in (0.5, 0.95))
    return f"{name}: p50 {middle:.0f} ms, p95 {high:.0f} ms, max {ranked[-1] * 1000:.0f} ms ({len(ranked)})"


async def watch(pid: int, samples: list[Usage]) -> None:
    """Note what a process uses, again and again."""
    while True:
        samples.append(usage(pid))
        await asyncio.sleep(SAMPLE_EVERY)


async def measure(address: str, pid: int, plan: Plan, drawings: Path, runs_root: Path) -> Outcome:
    """Let the class come and print what it saw."""
    predictor = load_predictor("cnn")
    pool = load_drawings(drawings)
    await hold_lesson(address, WARM_UP, strokes_of_visitors(pool, predictor, 1, WARM_UP.strokes, seed=1))
    strokes = strokes_of_visitors(pool, predictor, plan.sessions, plan.strokes, plan.seed)
    warm = usage(pid)
    samples: list[Usage] = []
    watching = asyncio.create_task(watch(pid, samples))
    start, client = time.perf_counter(), time.process_time()
    outcome = await hold_lesson(address, plan, strokes)
    seconds, client = time.perf_counter() - start, time.process_time() - client
    cpu = usage(pid).cpu - warm.cpu
    await asyncio.sleep(REST)
    watching.cancel()
    after = usage(pid)
    made = len(outcome.quiet) + len(outcome.busy)
    print(f"{plan.sessions} visitors in {seconds:.0f} s, {made} strokes, {made / seconds:.1f} per second")
    print(percentiles("files of the page", outcome.files))
    print(percentiles("first run of the page", outcome.pages))
    print(percentiles("first page, both", outcome.first_pages))
    print(percentiles("stroke to answer, no run", outcome.quiet))
    print(percentiles("stroke to answer, runs under way", outcome.busy))
    print(percentiles("Start to the run on the page", outcome.starts))
    print(percentiles("reload", outcome.reloads))
    print(
        f"lost {len(outcome.lost)}, mixed up {len(outcome.mixed_up)}, wrong {len(outcome.wrong)}, "
        f"other complaints {len(outcome.strange)}"
    )
    print(f"server: {cpu:.1f} s of CPU, {cpu / seconds:.2f} of {os.cpu_count()} cores; visitors: {client:.1f} s")
    peak = max(sample.rss for sample in samples)
    print(
        f"memory: {warm.rss / MB:.0f} MB warm, {peak / MB:.0f} MB at most, {after.rss / MB:.0f} MB after "
        f"({after.rss / warm.rss - 1:+.1%}); threads {warm.threads}, {max(s.threads for s in samples)}, "
        f"{after.threads}; files {warm.files}, {max(s.files for s in samples)}, {after.files}"
    )
    outcome.strange += wrong_records(outcome, runs_root)
    for complaint in outcome.complaints[:10]:
        print(f"- {complaint:.600}")
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=Plan.sessions, help="visitors")
    parser.add_argument("--strokes", type=int, default=Plan.strokes, help="strokes of each")
    parser.add_argument("--runs", type=int, default=Plan.runs, help="visitors who start a run at the same moment")
    parser.add_argument("--reloads", type=int, default=Plan.reloads, help="of these, how many reload the page")
    parser.add_argument("--arrive", type=float, default=Plan.arrive, help="seconds in which they open the page")
    parser.add_argument("--preset", default=Plan.preset, help="of the runs, as the Train page calls it")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="of the drawings and the pauses")
    parser.add_argument("--drawings", type=Path, default=ASSETS / "examples.jsonl", help="what they draw, JSON lines")
    parser.add_argument("--short", action="store_true", help="six visitors, five strokes each, two runs")
    parser.add_argument("--log", type=Path, help="where the server's output goes")
    given = parser.parse_args()
    plan = Plan(given.sessions, given.strokes, given.runs, given.reloads, given.arrive)
    plan = replace(SHORT if given.short else plan, preset=given.preset, seed=given.seed)
    torch.set_num_threads(1)  # as the app's inference thread; and the server needs the cores
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = launch(port, log=given.log, RUNS_ROOT=folder)
        try:
            outcome = asyncio.run(measure(f"http://127.0.0.1:{port}", server.pid, plan, given.drawings, Path(folder)))
        finally:
            server.terminate()
            status = server.wait(30)
    print(f"the server ended with status {status}")
    raise SystemExit(1 if outcome.complaints else 0)


if __name__ == "__main__":
    main()
