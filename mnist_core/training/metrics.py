"""Write and read a run's metrics.csv: a header, then one row per training step."""

import csv
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path

from mnist_core.regular_files import read_regular
from mnist_core.training.report import StepReport

METRIC_COLUMNS = tuple(field.name for field in fields(StepReport) if field.name != "confusion")
WHOLE_NUMBERS = ("step", "steps", "images")  # the columns of integers; the others are floats
TEST_COLUMNS = ("test_loss", "test_accuracy")  # empty unless the step has an evaluation
METRICS_EVERY = 20  # steps between two writes to a metrics file
MAX_TABLE_BYTES = 256_000_000  # a larger table is ignored
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


def read_metrics(path: Path) -> list[StepReport]:
    """Read a run's reports, in order and without a gap; metrics.csv has no confusion matrices.

    Reading stops at the first row that is damaged or out of order: a process may have been killed while writing it. A
    missing file has no reports.
    """
    reports: list[StepReport] = []
    for row in islice(read_rows(path), 1, None):
        report = _parse_row(row)
        if report is None or report.step != len(reports) + 1 or report.steps != (reports or [report])[0].steps:
            break
        reports.append(report)
    return reports


def read_rows(path: Path, max_bytes: int | None = None) -> Iterator[list[str]]:
    """Yield the cells of a table's complete lines, up to the first line of more than `MAX_LINE_BYTES`.

    A file that is missing, larger than `max_bytes` (`MAX_TABLE_BYTES` when None) or not a regular file has no lines.
    A table of numbers has no quoted cells.
    """
    try:
        content = read_regular(path, MAX_TABLE_BYTES if max_bytes is None else max_bytes)
    except OSError:
        return
    start = 0
    # NOTE: not splitlines, which also splits at characters that csv and JSON leave within a line, such as U+2028.
    while (end := content.find(b"\n", start, start + MAX_LINE_BYTES)) >= 0:
        yield content[start:end].removesuffix(b"\r").decode("ascii", "replace").split(",")
        start = end + 1


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
