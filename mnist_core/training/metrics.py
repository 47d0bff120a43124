"""Write and read a run's metrics.csv: a header, then one row per training step."""

import csv
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from mnist_core.regular_files import open_regular
from mnist_core.training.report import StepReport

METRIC_COLUMNS = tuple(field.name for field in fields(StepReport) if field.name != "confusion")
WHOLE_NUMBERS = ("step", "steps", "images")  # the columns of integers; the others are floats
TEST_COLUMNS = ("test_loss", "test_accuracy")  # empty unless the step has an evaluation
METRICS_EVERY = 20  # steps between two writes to a metrics file
MAX_TABLE_BYTES = 4_000_000_000  # a larger table is ignored; the longest run that a configuration allows writes less
MAX_LINE_BYTES = 4_096  # of a table; a confusion matrix of 100 counts needs far fewer
MAX_NUMBER = 1e12  # of epochs, s and nats: no run lasts as long, and every figure made of them stays finite


def start_metrics(path: Path) -> None:
    """Create a metrics file with its header, replacing any earlier one."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(METRIC_COLUMNS)


def append_metrics(path: Path, reports: list[StepReport]) -> None:
    """Append one row per report; the test columns of a step without an evaluation are empty."""
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([getattr(report, name) for name in METRIC_COLUMNS] for report in reports)


class MetricsReader:
    """Reads a run's reports from its metrics.csv, in order and without a gap; the table may still grow.

    Reading ends for good at a row that is damaged or out of order. metrics.csv has no confusion matrices.

    Attributes:
        offset: where the next row begins, in bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.offset = path, 0
        self._count = self._steps = 0

    def read(self) -> Iterator[StepReport]:
        """Yield the reports in the rows that have been added; a row that is incomplete is read the next time."""
        for row, end in read_rows(self.path, self.offset):
            if self.offset:
                report = _parse_row(row)
                if report is None or report.step != self._count + 1 or report.steps != (self._steps or report.steps):
                    return
                self._count, self._steps = report.step, report.steps
                self.offset = end
                yield report
            else:
                self.offset = end  # the header


def read_metrics(path: Path) -> list[StepReport]:
    """Read a run's reports, in order and without a gap, up to the first row that is damaged or out of order.

    A missing file has no reports.
    """
    return list(MetricsReader(path).read())


def read_rows(path: Path, start: int = 0) -> Iterator[tuple[list[str], int]]:
    """Yield the cells of a table's complete lines and where each ends, up to a line of more than `MAX_LINE_BYTES`.

    A file that is missing, larger than `MAX_TABLE_BYTES` or not a regular file has no lines. A table of numbers has no
    quoted cells.

    Args:
        path: the table.
        start: where to begin, in bytes; the end of a line.
    """
    try:
        with open_regular(path, MAX_TABLE_BYTES) as file:
            file.seek(start)
            # NOTE: readline ends at a line feed only, unlike splitlines, which also splits at U+2028 and others.
            while (line := file.readline(MAX_LINE_BYTES)).endswith(b"\n"):
                start += len(line)
                yield line.removesuffix(b"\n").removesuffix(b"\r").decode("ascii", "replace").split(","), start
    except OSError:
        return


def is_whole_number(cell: str) -> bool:
    """Return whether a cell is a whole number from 0 of a dozen digits at most."""
    return re.fullmatch("[0-9]{1,12}", cell) is not None


def _parse_row(row: list[str]) -> StepReport | None:
    """Return the report in a row of cells, or None if the row is damaged."""
    cells = dict(zip(METRIC_COLUMNS, row, strict=False))
    if len(row) != len(METRIC_COLUMNS) or not all(is_whole_number(cells[name]) for name in WHOLE_NUMBERS):
        return None
    try:
        values = {name: float(cell) if cell or name not in TEST_COLUMNS else None for name, cell in cells.items()}
        report = StepReport(**values | {name: int(cells[name]) for name in WHOLE_NUMBERS})  # type: ignore[arg-type]
    except ValueError:
        return None
    return report if _is_possible(report) else None


def _is_possible(report: StepReport) -> bool:
    """Return whether a report's numbers are in the ranges that a training step gives."""
    past = (report.epoch, report.seconds, report.loss, report.learning_rate)
    return report.step <= report.steps and all(0 <= number <= MAX_NUMBER for number in past) and _is_tested(report)


def _is_tested(report: StepReport) -> bool:
    """Return whether both results on the test set are possible, or both are missing."""
    if report.test_accuracy is None or report.test_loss is None:
        return report.test_accuracy is report.test_loss
    # NOTE: a model that overflows has an infinite loss on the test set, or none (NaN).
    return 0 <= report.test_accuracy <= 1 and not report.test_loss < 0
