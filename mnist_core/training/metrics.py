"""Write and read a run's metrics.csv: a header, then one row per training step."""

import csv
from dataclasses import fields
from pathlib import Path

from mnist_core.training.report import StepReport

METRIC_COLUMNS = tuple(field.name for field in fields(StepReport) if field.name != "confusion")
WHOLE_NUMBERS = ("step", "steps", "images")  # the columns of integers; the others are floats
METRICS_EVERY = 20  # steps between two writes to a metrics file
MAX_TABLE_BYTES = 256_000_000  # a larger table is ignored


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
    for row in read_rows(path)[1:]:
        report = _parse_row(row)
        if report is None or report.step != len(reports) + 1:
            break
        reports.append(report)
    return reports


def read_rows(path: Path) -> list[list[str]]:
    """Return the cells of a table's complete lines; none if the file is missing or larger than `MAX_TABLE_BYTES`."""
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))


def _parse_row(row: list[str]) -> StepReport | None:
    """Return the report in a row of cells, or None if the row is damaged."""
    if len(row) != len(METRIC_COLUMNS):
        return None
    try:
        values = {
            name: (int(cell) if name in WHOLE_NUMBERS else float(cell)) if cell else None
            for name, cell in zip(METRIC_COLUMNS, row, strict=True)
        }
        return StepReport(**values)  # type: ignore[arg-type]
    except ValueError:
        return None
