"""A run's curves, thinned so that a long run is drawn as fast as a short one."""

from dataclasses import dataclass
from typing import TypeVar

from mnist_core.models.config import TrainConfig
from mnist_core.runs.history import MAX_POINTS, History
from mnist_core.training.schedules import rate_and_momentum

Item = TypeVar("Item")


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


def curves(history: History, max_points: int = MAX_POINTS) -> Curves:
    """Return the curves of a run's history.

    Args:
        history: of the run.
        max_points: how many steps, and how many evaluations, at most; 2 or more.
    """
    points, evaluations = _thinned(history.points, max_points), _thinned(history.evaluations, max_points)
    return Curves(
        [point.report.step for point in points],
        [point.report.seconds for point in points],
        [point.report.loss for point in points],
        [point.smoothed for point in points],
        [report.step for report in evaluations],
        [report.seconds for report in evaluations],
        [report.test_loss or 0.0 for report in evaluations],
        [report.test_accuracy or 0.0 for report in evaluations],
    )


def _thinned(items: list[Item], max_points: int) -> list[Item]:
    return [items[index] for index in thinned_indices(len(items), max_points)]


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
