import csv
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mnist_core.training import metrics
from mnist_core.training.metrics import METRIC_COLUMNS, append_metrics, read_metrics, start_metrics
from mnist_core.training.report import StepReport

REPORTS = [
    StepReport(1, 3, 1 / 3, 0.25, 0.1 + 0.2, 1e-5, 64),
    StepReport(2, 3, 2 / 3, 0.5, 2.0, 1e-6, 128, test_loss=0.7, test_accuracy=1 / 3),
    StepReport(3, 3, 1.0, 0.75, 1e-300, 0.0, 192, test_loss=float("inf"), test_accuracy=0.0),
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A metrics file with `REPORTS`."""
    start_metrics(tmp_path / "metrics.csv")
    append_metrics(tmp_path / "metrics.csv", REPORTS)
    return tmp_path / "metrics.csv"


def test_a_metrics_file_is_a_header_and_one_row_per_report(table: Path) -> None:
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, report in zip(rows, REPORTS, strict=True):
        assert {name: float(cell) if cell else None for name, cell in row.items()} == {
            name: value for name, value in asdict(report).items() if name != "confusion"
        }


def test_reports_are_read_back_to_the_last_bit(table: Path) -> None:
    assert read_metrics(table) == REPORTS
    assert isinstance(read_metrics(table)[0].step, int)


def test_appending_continues_a_file_and_starting_replaces_it(table: Path) -> None:
    start_metrics(table)
    assert read_metrics(table) == []
    for report in REPORTS:
        append_metrics(table, [report])
    assert read_metrics(table) == REPORTS


def test_the_confusion_matrix_is_not_a_column(tmp_path: Path) -> None:
    start_metrics(tmp_path / "metrics.csv")
    append_metrics(tmp_path / "metrics.csv", [replace(REPORTS[0], confusion=((1,) * 10,) * 10)])
    assert read_metrics(tmp_path / "metrics.csv") == REPORTS[:1]
    assert "confusion" not in METRIC_COLUMNS


@pytest.mark.parametrize(
    "last_row",
    [
        "3,3,1.0,0.75\n",
        "3,3,1.0,0.75,0.1,0.0,192,0.7,0.9",
        "3,3,1.0,0.75,many,0.0,192,,\n",
        "4,3,1.0,0.75,0.1,0.0,192,,\n",
    ],
    ids=["a row cut short", "a row without its line end", "a cell that is not a number", "a row out of order"],
)
def test_reading_stops_before_a_damaged_row(tmp_path: Path, last_row: str) -> None:
    path = tmp_path / "metrics.csv"
    start_metrics(path)
    append_metrics(path, REPORTS[:2])
    with path.open("a", encoding="utf-8") as file:
        file.write(last_row)
    assert read_metrics(path) == REPORTS[:2]


def test_a_missing_or_huge_file_has_no_reports(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_metrics(table.with_name("missing.csv")) == []
    monkeypatch.setattr(metrics, "MAX_TABLE_BYTES", 10)
    assert read_metrics(table) == []
