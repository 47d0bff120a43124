"""A run's two tables: metrics.csv with a row per step, and confusion.csv with a row per evaluation.

Rows are appended while the run trains. Readers take only complete rows, and never more of a file than there is.
"""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mnist_core.constants import CLASSES
from mnist_core.models import storage
from mnist_core.runs.history import Confusion, History
from mnist_core.training.metrics import MetricsReader, append_metrics, is_whole_number, read_rows, start_metrics
from mnist_core.training.report import StepReport

CONFUSION = "confusion.csv"
BATCH = 1_000  # rows that are copied at a time


class HistoryReader:
    """Reads the history of a run that another process may still be training: each time only what is new.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._metrics, self._confusion = folder / storage.METRICS, folder / CONFUSION
        self._history, self._reader, self._confusion_at = History(), MetricsReader(self._metrics), 0

    def update(self) -> History:
        """Read the rows that were added since the last call, and return the history.

        Reading ends for good at a row that is damaged. A table that has become shorter is another run's: it is read
        from its start.
        """
        if _size(self._metrics) < self._reader.offset or _size(self._confusion) < self._confusion_at:
            self._history, self._reader, self._confusion_at = History(), MetricsReader(self._metrics), 0
        for report in self._reader.read():
            self._history.append(report)
        for row, end in read_rows(self._confusion, self._confusion_at):
            counts = _parse_confusion(row)
            if counts is None:
                break
            self._confusion_at = end
            self._history.set_confusion(*counts)
        return self._history


def load_history(folder: Path) -> History:
    """Read the history of a run from its tables, in order and without a gap.

    Reading ends at a line that is damaged, or incomplete because the process was killed while writing it. A folder
    without tables has an empty history.
    """
    return HistoryReader(folder).update()


def start_tables(folder: Path) -> None:
    """Create or replace both tables, with no rows.

    Raises:
        OSError: the folder cannot be written.
    """
    with storage.atomic_write(folder / storage.METRICS) as metrics:
        start_metrics(metrics)
    with storage.atomic_write(folder / CONFUSION) as confusion:
        _append_confusion(confusion, [])


def cut_tables(folder: Path, steps: int) -> None:
    """Drop the rows after a number of steps from both tables, each of which is replaced as a whole.

    So a full disk loses no row that a resumed run needs.

    Raises:
        ValueError: metrics.csv has fewer steps; the tables are left as they are.
        OSError: the folder cannot be written.
    """
    reader, copied = MetricsReader(folder / storage.METRICS), 0
    reports = islice(reader.read(), steps)
    with storage.atomic_write(folder / storage.METRICS) as metrics:
        start_metrics(metrics)
        while batch := list(islice(reports, BATCH)):
            append_metrics(metrics, batch)
            copied += len(batch)
        if copied < steps:
            raise ValueError(
                f"{folder / storage.METRICS} must have {steps:,} steps to resume from, got {copied:,}: "
                "delete the run and start it again"
            )
    with storage.atomic_write(folder / CONFUSION) as confusion:
        _append_confusion(confusion, [])
        with confusion.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(_confusions_until(folder / CONFUSION, steps))


def append_to_tables(folder: Path, reports: list[StepReport]) -> None:
    """Append reports to metrics.csv, and the confusion counts of the evaluated ones to confusion.csv."""
    append_metrics(folder / storage.METRICS, reports)
    _append_confusion(folder / CONFUSION, reports)


def _append_confusion(path: Path, reports: list[StepReport]) -> None:
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([each.step, *sum(each.confusion, ())] for each in reports if each.confusion is not None)


def _confusions_until(path: Path, steps: int) -> Iterator[list[str]]:
    for row, _ in read_rows(path):
        counts = _parse_confusion(row)
        if counts is None or counts[0] > steps:
            return
        yield row


def _parse_confusion(row: list[str]) -> tuple[int, Confusion] | None:
    """Return the step and the counts in a row of cells, or None if the row is damaged."""
    if len(row) != 1 + CLASSES**2 or not all(is_whole_number(cell) and len(cell) < 10 for cell in row):
        return None
    step, *counts = (int(cell) for cell in row)
    return step, tuple(tuple(counts[start : start + CLASSES]) for start in range(0, CLASSES**2, CLASSES))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
