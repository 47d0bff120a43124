"""What a run keeps in memory of its reports: a few hundred, however long it trains. Its tables have them all."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from mnist_core.training.report import StepReport

MAX_POINTS = 600  # of the steps, and of the evaluations
SMOOTHING_WINDOW = 20  # steps over which the loss is averaged

Item = TypeVar("Item")
Confusion = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Point:
    """A step that is kept.

    Attributes:
        report: of the step, without its confusion matrix.
        smoothed: the mean loss of this step and those before it, up to `SMOOTHING_WINDOW` in all, in nats.
    """

    report: StepReport
    smoothed: float


class Thinned(Generic[Item]):
    """The first and the last of many items, and others evenly spread between them.

    While it grows, the items that are kept do not change until every other one is dropped, so that a line of them does
    not flicker. One thread may append while others read.

    Args:
        max_points: how many are kept at most, 2 or more.
    """

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        if max_points < 2:
            raise ValueError(f"max_points must be 2 or more, got {max_points}")
        self.max_points, self.count = max_points, 0
        self._stride = 1
        self._spread: list[Item] = []
        self._last: list[Item] = []  # one item, or none at first

    def append(self, item: Item) -> None:
        """Add an item at the end."""
        self._last = [item]
        if self.count % self._stride == 0:
            self._spread.append(item)
        self.count += 1
        while self.count > self.max_points and (self.count - 1) // self._stride + 2 > self.max_points:
            self._stride *= 2
            self._spread = self._spread[::2]

    def items(self) -> list[Item]:
        """Return the items that are kept, in order, the last one included."""
        spread, last = self._spread[:], self._last
        return spread if not last or (spread and spread[-1] is last[0]) else spread + last


class History:
    """The reports of a run: how many there are, the last one, the evaluations, and points to draw.

    Args:
        reports: of the first steps, in order.
        max_points: how many steps, and how many evaluations, are kept at most.
    """

    def __init__(self, reports: Iterable[StepReport] = (), max_points: int = MAX_POINTS) -> None:
        self._points: Thinned[Point] = Thinned(max_points)
        self._evaluated: Thinned[StepReport] = Thinned(max_points)
        self._losses: deque[float] = deque(maxlen=SMOOTHING_WINDOW)
        self._last: StepReport | None = None
        self._confusion: tuple[int, Confusion] | None = None  # the last one and its step
        for report in reports:
            self.append(report)

    def __len__(self) -> int:
        """The number of steps reported, kept or not."""
        return self._points.count

    def append(self, report: StepReport) -> None:
        """Add the report of the next step."""
        if report.confusion is not None:
            self.set_confusion(report.step, report.confusion)
            report = replace(report, confusion=None)
        self._losses.append(report.loss)
        self._last = report
        if report.test_accuracy is not None:
            self._evaluated.append(report)
        self._points.append(Point(report, sum(self._losses) / len(self._losses)))

    def set_confusion(self, step: int, confusion: Confusion) -> None:
        """Keep the confusion matrix of a step, of which only the last evaluation's is shown."""
        self._confusion = step, confusion

    @property
    def last(self) -> StepReport:
        """The last report.

        Raises:
            IndexError: there is none yet.
        """
        if self._last is None:
            raise IndexError("no step has been reported yet")
        return self._last

    @property
    def points(self) -> list[Point]:
        """The steps that are kept, in order: the first, the last, and others evenly spread."""
        return self._points.items()

    @property
    def kept(self) -> list[StepReport]:
        """The reports of the steps that are kept, without confusion matrices; all of a run of up to `MAX_POINTS`."""
        return [point.report for point in self.points]

    @property
    def evaluations(self) -> list[StepReport]:
        """The reports of evaluations that are kept, in order; only the last one has its confusion matrix."""
        reports, confusion = self._evaluated.items(), self._confusion
        if reports and confusion is not None and confusion[0] == reports[-1].step:
            reports[-1] = replace(reports[-1], confusion=confusion[1])
        return reports

    @property
    def evaluation_count(self) -> int:
        """The number of evaluations, kept or not."""
        return self._evaluated.count
