"""A run's curves, thinned so that a long run is drawn as fast as a short one."""

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


def curves(reports: Sequence[StepReport], most: int = MAX_POINTS) -> Curves:
    """Return the curves of a run's reports, at most `most` points per line."""
    steps = [reports[index] for index in thinned(len(reports), most)]
    evaluations = [report for report in reports if report.test_accuracy is not None]
    shown = [evaluations[index] for index in thinned(len(evaluations), most)]
    smoothed = rolling_mean([report.loss for report in reports])
    return Curves(
        [report.step for report in steps],
        [report.seconds for report in steps],
        [report.loss for report in steps],
        [float(smoothed[index]) for index in thinned(len(reports), most)],
        [report.step for report in shown],
        [report.seconds for report in shown],
        [report.test_loss or 0.0 for report in shown],
        [report.test_accuracy or 0.0 for report in shown],
    )


def planned_rate(config: TrainConfig, steps: int, most: int = MAX_POINTS) -> tuple[list[int], list[float]]:
    """Return some steps of a run, counted from 1 to `steps`, and the learning rate planned for each."""
    places = thinned(steps, most)
    rates = [rate_and_momentum(config.schedule, config.learning_rate, place, steps)[0] for place in places]
    return [place + 1 for place in places], rates


def thinned(count: int, most: int = MAX_POINTS) -> list[int]:
    """Return at most `most` indices, evenly spread over 0 to count - 1, including the first and the last.

    As a line grows, its points stay where they are until every other one is dropped, so nothing wobbles.
    """
    if most < 2:
        raise ValueError(f"most must be 2 or more, got {most}")
    stride = 1
    while (count - 1) // stride + 2 > most and count > most:
        stride *= 2
    places = list(range(0, count, stride))
    return places if not places or places[-1] == count - 1 else [*places, count - 1]


def rolling_mean(values: Sequence[float], window: int = SMOOTHING_WINDOW) -> np.ndarray:
    """Return the mean of each value and those before it, up to `window` values in all: (N,) float64."""
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / np.maximum(1, ends - starts)


def accuracy_by_class(confusion: Sequence[Sequence[int]]) -> list[float]:
    """Return the accuracy of each label as a fraction; 0 for a label without images.

    Args:
        confusion: (10, 10) counts, one row per label and one column per answer.
    """
    return [row[label] / sum(row) if sum(row) else 0.0 for label, row in enumerate(confusion)]
