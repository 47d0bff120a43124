"""Compare the time that the Train page promises for each preset and model with the time that it takes.

    python -m tests.benchmarks.pace [--seconds 8] [--processor-time]

The promise comes from the short measurement alone, as for the first run on a machine. Each run trains for some seconds,
and at least until its first evaluation; the rest is extrapolated from its steps and its evaluations. A ratio above 1
means that the promise was too short; all should lie between 0.5 and 2. With --processor-time both count the seconds of
the processor, on one thread, so that other programs on the same cores do not matter. Needs MNIST.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from mnist_core.data.split import Split, load_split
from mnist_core.models.config import PRESETS, TrainConfig
from mnist_core.runs.pace import PaceKeeper, duration_in_words, measure_pace
from mnist_core.runs.registry import THREADS
from mnist_core.runs.run import Run
from mnist_core.runs.worker import train_run
from mnist_core.training.device import resolve_precision
from mnist_core.training.report import StepReport

MAX_RATIO = 2.0


def time_run(
    config: TrainConfig, train: Split, test: Split, seconds: float, clock: Callable[[], float]
) -> tuple[float, bool]:
    """Train for some seconds; returns how long the whole run takes, in s, and whether it was trained to its end."""
    plain: list[float] = []
    evaluated: list[float] = []
    started = last = clock()

    def on_report(report: StepReport) -> None:
        nonlocal last
        now = clock()
        (plain if report.test_accuracy is None else evaluated).append(now - last)
        last = now
        if now - started > seconds and evaluated:
            run.stop()

    with tempfile.TemporaryDirectory() as folder:
        run = Run("timed", config, Path(folder), "")
        train_run(run, train, test, on_report=on_report)
        last_report = run.history.last
    if last_report.step == last_report.steps:
        return last - started, True
    evaluations = config.epochs * config.evaluations
    per_step, per_evaluation = sum(plain) / len(plain), sum(evaluated) / len(evaluated)
    return (last_report.steps - evaluations) * per_step + evaluations * per_evaluation, False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="of training per run, before it is extrapolated")
    parser.add_argument("--processor-time", action="store_true", help="count the processor's seconds, on one thread")
    options = parser.parse_args()
    threads, clock = (1, time.process_time) if options.processor_time else (THREADS, time.perf_counter)
    train, test = load_split("train"), load_split("test")
    keeper, started, cpu = PaceKeeper(), time.perf_counter(), time.process_time()
    keeper.set_pace(measure_pace(threads, clock=clock))
    print(
        f"{os.cpu_count()} cores; the measurement took {time.perf_counter() - started:.2f} s "
        f"and {time.process_time() - cpu:.2f} s of the processor's time"
    )
    torch.set_num_threads(threads)
    ratios = []
    for preset_name, preset in PRESETS.items():
        for model, config in preset.configs.items():
            config = resolve_precision(config, "cpu")
            expected = keeper.expected_seconds(config, len(train), len(test))
            assert expected is not None
            actual, is_whole = time_run(config, train, test, options.seconds, clock)
            ratios.append(actual / expected)
            print(
                f"{preset_name} {model}: {duration_in_words(expected)} ({expected:.1f} s), "
                f"{'took' if is_whole else 'would take'} {actual:.1f} s, ratio {ratios[-1]:.2f}",
                flush=True,
            )
    within = sum(1 / MAX_RATIO <= ratio <= MAX_RATIO for ratio in ratios)
    print(f"{within} of {len(ratios)} within a factor of {MAX_RATIO:g}: {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
