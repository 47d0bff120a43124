"""Compute a run's curves, thinned so that a long run is drawn as fast as a short one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.models.config import TrainConfig
from mnist_core.training.report import StepReport
from mnist_core.training.schedules import rate_and_momentum

MAX_POINTS = 600  # per line
SMOOTHING_WINDOW = 20  # steps over which the loss is averaged


@dataclass(frozen=True)
class Curves:
    """The points to draw; the lists of each group have the same length.

    Attributes:
        step, seconds, loss, smoothed: of some training steps; losses in nats, times in s.
        test_step, test_seconds, test_loss, accuracy: of some evaluations; accuracy is a fraction.
    """

    step: list[int]
    seconds: list[float]
    loss: list[float]
    smoothed: list[float]
    test_step: list[int]
    test_seconds: list[float]
    test_loss: list[float]
    accuracy: list[float]


def curves(reports: Sequence[StepReport], max_points: int = MAX_POINTS) -> Curves:
    """Return the curves of a run's reports, at most `max_points` points per line."""
    steps = [reports[index] for index in thinned_indices(len(reports), max_points)]
    evaluations = [report for report in reports if report.test_accuracy is not None]
    shown = [evaluations[index] for index in thinned_indices(len(evaluations), max_points)]
    smoothed = rolling_mean([report.loss for report in reports])
    return Curves(
        [report.step for report in steps],
        [report.seconds for report in steps],
        [report.loss for report in steps],
        [float(smoothed[index]) for index in thinned_indices(len(reports), max_points)],
        [report.step for report in shown],
        [report.seconds for report in shown],
        [report.test_loss or 0.0 for report in shown],
        [report.test_accuracy or 0.0 for report in shown],
    )


def planned_rate(config: TrainConfig, steps: int, max_points: int = MAX_POINTS) -> tuple[list[int], list[float]]:
    """Return some steps of a run, counted from 1 to `steps`, and the learning rate planned for each."""
    indices = thinned_indices(steps, max_points)
    rates = [rate_and_momentum(config.schedule, config.learning_rate, index, steps)[0] for index in indices]
    return [index + 1 for index in indices], rates


def thinned_indices(count: int, max_points: int = MAX_POINTS) -> list[int]:
    """Return at most `max_points` indices, evenly spread over 0 to count - 1, including the first and the last.

    While a line grows, its points do not change until every other one is dropped, so the line does not flicker.
    """
    if max_points < 2:
        raise ValueError(f"max_points must be 2 or more, got {max_points}")
    stride = 1
    while (count - 1) // stride + 2 > max_points and count > max_points:
        stride *= 2
    indices = list(range(0, count, stride))
    return indices if not indices or indices[-1] == count - 1 else [*indices, count - 1]


def rolling_mean(values: Sequence[float], window: int = SMOOTHING_WINDOW) -> np.ndarray:
    """Return the mean of each value and those before it, up to `window` values in all: (N,) float64."""
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / np.maximum(1, ends - starts)
