"""A run's metrics.csv: a header line, then a line for every step."""

import csv
from dataclasses import fields
from pathlib import Path

from mnist_core.training.report import StepReport

METRIC_COLUMNS = tuple(field.name for field in fields(StepReport) if field.name != "confusion")


METRICS_EVERY = 20  # steps between two writes to a metrics file


def start_metrics(path: Path) -> None:
    """Begin a metrics file: a header line, then a line a report."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(METRIC_COLUMNS)


def append_metrics(path: Path, reports: list[StepReport]) -> None:
    """Add reports to a metrics file; what was not evaluated stays empty."""
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([getattr(report, name) for name in METRIC_COLUMNS] for report in reports)


def _report(row: list[str]) -> StepReport | None:
    if len(row) != len(METRIC_COLUMNS):
        return None
    whole = {"step", "steps", "images"}
    try:
        values = {
            name: (int(cell) if name in whole else float(cell)) if cell else None
            for name, cell in zip(METRIC_COLUMNS, row, strict=True)
        }
        return StepReport(**values)  # type: ignore[arg-type]
    except ValueError:
        return None
