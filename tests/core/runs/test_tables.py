"""A run's tables: what is written is read back, and damage ends the reading."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models import storage
from mnist_core.runs import tables
from mnist_core.training.report import StepReport
from tests.syncing import recorded_syncs

NAMES = (storage.METRICS, tables.CONFUSION)


def report(step: int, **more: Any) -> StepReport:
    return replace(StepReport(step, 4, step / 4, step / 8, 1 / 3, 0.01, 40 * step), **more)


def write(folder: Path, reports: list[StepReport]) -> None:
    """Start the tables with some reports."""
    tables.start_tables(folder)
    tables.append_to_tables(folder, reports)


def read(folder: Path) -> list[StepReport]:
    """Return a short run's reports, the last evaluation with its confusion matrix."""
    history = tables.load_history(folder)
    last = {report.step: report for report in history.evaluations[-1:]}
    return [last.get(report.step, report) for report in history.kept]


def test_tables_read_back_as_they_were_written(tmp_path: Path) -> None:
    counts = tuple(tuple(range(row, row + 10)) for row in range(10))
    reports = [report(1), report(2, test_loss=0.1, test_accuracy=2 / 3, confusion=counts), report(3)]
    write(tmp_path, reports[:1])
    tables.append_to_tables(tmp_path, reports[1:])
    assert read(tmp_path) == reports
    tables.start_tables(tmp_path)
    assert read(tmp_path) == []


def test_tables_are_cut_after_a_step_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = [report(step, test_loss=0.5, test_accuracy=0.5, confusion=((step,) * 10,) * 10) for step in range(1, 5)]
    write(tmp_path, evaluated[:2])
    expected = [(tmp_path / name).read_bytes() for name in NAMES]
    write(tmp_path, evaluated)
    monkeypatch.setattr(tables, "BATCH", 2)
    tables.cut_tables(tmp_path, 2)
    assert [(tmp_path / name).read_bytes() for name in NAMES] == expected
    with pytest.raises(ValueError, match="metrics.csv must have 3 steps to resume from, got 2: delete the run"):
        tables.cut_tables(tmp_path, 3)
    assert [(tmp_path / name).read_bytes() for name in NAMES] == expected
    assert {path.name for path in tmp_path.iterdir()} == set(NAMES)


def test_a_history_grows_with_its_tables_and_starts_anew_with_shorter_ones(tmp_path: Path) -> None:
    evaluated = [report(step, test_loss=0.5, test_accuracy=0.5, confusion=((step,) * 10,) * 10) for step in range(1, 5)]
    reader = tables.HistoryReader(tmp_path)
    assert len(reader.update()) == 0
    write(tmp_path, evaluated[:1])
    for steps, part in ((1, []), (3, evaluated[1:3]), (4, evaluated[3:])):
        tables.append_to_tables(tmp_path, part)
        assert len(reader.update()) == steps
        assert reader.update().evaluations[-1] == evaluated[steps - 1]
    write(tmp_path, evaluated[:2])
    assert len(reader.update()) == 2 and reader.update().evaluations[-1] == evaluated[1]


def test_counts_that_come_before_their_step_wait_for_it(tmp_path: Path) -> None:
    counts = ((7,) * 10,) * 10
    evaluated = report(1, test_loss=0.5, test_accuracy=0.5, confusion=counts)
    write(tmp_path, [evaluated])
    row = (tmp_path / storage.METRICS).read_bytes()
    (tmp_path / storage.METRICS).write_bytes(row[:-5])
    reader = tables.HistoryReader(tmp_path)
    assert not reader.update()
    (tmp_path / storage.METRICS).write_bytes(row)
    assert reader.update().evaluations == [evaluated]


@pytest.mark.parametrize("end", ["3,4,0.7", "3,4,0.75,0.375,0.3,0.01,120,,", "five,4,0.75,0.3,0.3,0.01,120,,\n"])
def test_reading_ends_at_an_incomplete_line(tmp_path: Path, end: str) -> None:
    write(tmp_path, [report(1), report(2)])
    with (tmp_path / storage.METRICS).open("a") as file:
        file.write(end)
    assert [each.step for each in read(tmp_path)] == [1, 2]


COUNTS = ",".join(["7"] * 100)
DAMAGED_COUNTS = {
    "a count without an end": "2," + ",".join(["7"] * 99 + ["7" * 10**6]),
    "a count of five thousand digits": "2," + ",".join(["7"] * 99 + ["7" * 5_000]),
    "a count of a billion": "2," + ",".join(["7"] * 99 + ["1" * 10]),
    "a negative count": "2," + ",".join(["7"] * 99 + ["-1"]),
    "a count that is not a number": "2," + ",".join(["7"] * 99 + ["nan"]),
    "digits of another script": "2," + ",".join(["7"] * 99 + ["\u0663"]),
    "a digit that int refuses": "2," + ",".join(["7"] * 99 + ["\u00b2"]),
    "an empty count": "2," + ",".join(["7"] * 99 + [""]),
    "too few counts": "2," + ",".join(["7"] * 99),
    "ten million counts": "2," + "7," * 10**7,
    "garbage": '\0\ud800\u2028"',
}


@pytest.mark.parametrize("row", DAMAGED_COUNTS.values(), ids=DAMAGED_COUNTS)
def test_reading_ends_at_damaged_counts_after_little_work(tmp_path: Path, row: str) -> None:
    evaluated = [report(step, test_loss=0.5, test_accuracy=0.5) for step in (1, 2, 3)]
    write(tmp_path, evaluated)
    lines = f"1,{COUNTS}\r\n{row}\r\n3,{COUNTS}\r\n"
    (tmp_path / tables.CONFUSION).write_bytes(lines.encode("utf-8", "surrogatepass"))
    started = time.process_time()
    reports = read(tmp_path)
    assert time.process_time() - started < 0.5
    assert reports == evaluated  # the counts of the last one are missing


def test_counts_of_a_step_that_was_not_evaluated_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, [report(1)])
    (tmp_path / tables.CONFUSION).write_text(f"1,{COUNTS}\n9,{COUNTS}\n")
    assert read(tmp_path) == [report(1)]


@given(st.binary(max_size=400))
def test_any_bytes_in_both_tables_are_reports_or_none(garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, [report(1, test_loss=0.5, test_accuracy=0.5)])
        for table in (storage.METRICS, tables.CONFUSION):
            with (folder / table).open("ab") as file:
                file.write(garbage)
        assert [each.step for each in read(folder)][:1] == [1]
        for table in (storage.METRICS, tables.CONFUSION):
            (folder / table).write_bytes(garbage)
        assert isinstance(read(folder), list)


def test_a_folder_without_tables_has_no_reports(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def test_started_tables_reach_the_disk_before_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded_syncs(monkeypatch) as calls:
        tables.start_tables(tmp_path)
    assert calls == [
        call
        for name in NAMES
        for call in (f"sync {name}.unfinished", f"replace {name}.unfinished {name}", f"sync {tmp_path.name}")
    ]
