import csv
import math
import os
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.training import metrics
from mnist_core.training.metrics import METRIC_COLUMNS, MetricsReader, append_metrics, read_metrics, start_metrics
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


DAMAGED = {
    "a row cut short": "3,3,1.0,0.75\n",
    "a row without its line end": "3,3,1.0,0.75,0.1,0.0,192,0.7,0.9",
    "a cell that is not a number": "3,3,1.0,0.75,many,0.0,192,,\n",
    "a row out of order": "4,3,1.0,0.75,0.1,0.0,192,,\n",
    "an empty step": ",3,1.0,0.75,0.1,0.0,192,,\n",
    "an empty time": "3,3,1.0,,0.1,0.0,192,,\n",
    "an empty loss": "3,3,1.0,0.75,,0.0,192,,\n",
    "an endless whole number": f"3,3,1.0,0.75,0.1,0.0,{'9' * 10**6},,\n",
    "a long whole number": f"3,3,1.0,0.75,0.1,0.0,{'9' * 2_000},,\n",
    "an endless fraction": f"3,3,1.0,0.{'7' * 10**6},0.1,0.0,192,,\n",
    "an infinite time": "3,3,1.0,inf,0.1,0.0,192,,\n",
    "a time that is not a number": "3,3,1.0,nan,0.1,0.0,192,,\n",
    "an absurd time": "3,3,1.0,1e300,0.1,0.0,192,,\n",
    "a negative time": "3,3,1.0,-0.75,0.1,0.0,192,,\n",
    "an infinite epoch": "3,3,inf,0.75,0.1,0.0,192,,\n",
    "a loss that is not a number": "3,3,1.0,0.75,nan,0.0,192,,\n",
    "an infinite loss": "3,3,1.0,0.75,inf,0.0,192,,\n",
    "a negative loss": "3,3,1.0,0.75,-0.1,0.0,192,,\n",
    "a rate that is not a number": "3,3,1.0,0.75,0.1,nan,192,,\n",
    "negative images": "3,3,1.0,0.75,0.1,0.0,-192,,\n",
    "an accuracy above 1": "3,3,1.0,0.75,0.1,0.0,192,0.7,1.5\n",
    "an accuracy that is not a number": "3,3,1.0,0.75,0.1,0.0,192,0.7,nan\n",
    "an accuracy without a loss": "3,3,1.0,0.75,0.1,0.0,192,,0.9\n",
    "a negative test loss": "3,3,1.0,0.75,0.1,0.0,192,-0.7,0.9\n",
    "a run of another length": "3,4,1.0,0.75,0.1,0.0,192,,\n",
    "a run shorter than its steps": "3,2,1.0,0.75,0.1,0.0,192,,\n",
    "digits of another script": "\u0663,3,1.0,0.75,0.1,0.0,192,,\n",
    "a separator of Unicode": "3,3,1.0,0.75,0.1,0.0,192,,\u20283,3,1.0,0.75,0.1,0.0,192,,\n",
    "a quotation mark": '"3,3,1.0,0.75,0.1,0.0,192,,\n',
    "a NUL": "3,3,1.0,0.75,0.1,0.0,\0,,\n",
    "ten million columns": "," * 10**7 + "\n",
}


@pytest.mark.parametrize("row", DAMAGED.values(), ids=DAMAGED)
def test_reading_stops_before_a_damaged_row_after_little_work(tmp_path: Path, row: str) -> None:
    path = tmp_path / "metrics.csv"
    start_metrics(path)
    append_metrics(path, REPORTS[:2])
    with path.open("a", encoding="utf-8") as file:
        file.write(row)
        file.write("3,3,1.0,0.75,0.1,0.0,192,,\n")
    started = time.process_time()
    assert read_metrics(path) == REPORTS[:2]
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("row", ["0,3,1.0,0.75,0.1,0.0,192,,\n", "1,0,1.0,0.75,0.1,0.0,192,,\n"])
def test_step_0_and_a_run_of_no_steps_are_damaged(tmp_path: Path, row: str) -> None:
    start_metrics(tmp_path / "metrics.csv")
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write(row)
    assert read_metrics(tmp_path / "metrics.csv") == []


@pytest.mark.parametrize("loss", ["inf", "nan"])
def test_a_model_that_overflows_on_the_test_set_is_no_damage(tmp_path: Path, loss: str) -> None:
    start_metrics(tmp_path / "metrics.csv")
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write(f"1,3,0.5,0.75,0.1,0.0,192,{loss},0.1\n")
    assert [str(report.test_loss) for report in read_metrics(tmp_path / "metrics.csv")] == [loss]


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_damage_leaves_the_rows_before_it_and_figures_that_can_be_shown(garbage: bytes, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metrics.csv"
        start_metrics(path)
        append_metrics(path, REPORTS)
        whole = path.read_bytes()
        path.write_bytes(whole[:at] + garbage)
        kept = whole[:at].count(b"\n") - 1
        reports = read_metrics(path)
    assert reports[: max(0, kept)] == REPORTS[: max(0, kept)]
    for report in reports:
        assert math.isfinite(report.seconds_left) and report.images_per_second >= 0
        assert 0 < report.step <= report.steps and report.loss >= 0


def test_a_step_that_took_no_time_has_no_pace() -> None:
    assert replace(REPORTS[0], seconds=0.0).images_per_second == 0


@pytest.mark.parametrize("device", ["/dev/zero", "pipe"])
def test_a_table_that_is_a_device_has_no_reports(tmp_path: Path, device: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "metrics.csv").symlink_to(tmp_path / device)
    assert read_metrics(tmp_path / "metrics.csv") == []


def test_a_missing_or_huge_file_has_no_reports(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_metrics(table.with_name("missing.csv")) == []
    monkeypatch.setattr(metrics, "MAX_TABLE_BYTES", 10)
    assert read_metrics(table) == []


def test_a_table_that_grows_is_read_on_from_where_reading_ended(table: Path) -> None:
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(lines[0])
    reader = MetricsReader(table)
    assert list(reader.read()) == []
    found = []
    for part in (lines[1], lines[2][:10], lines[2][10:] + lines[3]):
        with table.open("ab") as file:
            file.write(part)
        found.append(list(reader.read()))
    assert found == [REPORTS[:1], [], REPORTS[1:]]
    assert reader.offset == table.stat().st_size
