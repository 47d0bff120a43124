"""What a run leaves on disk, and how another process reads it."""

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models import storage
from mnist_core.runs import files
from mnist_core.training.report import StepReport
from tests.made import FINISHED_RUN


def report(step: int, **more: Any) -> StepReport:
    return replace(StepReport(step, 4, step / 4, step / 8, 1 / 3, 0.01, 40 * step), **more)


def test_tables_read_back_as_they_were_written(tmp_path: Path) -> None:
    counts = tuple(tuple(range(row, row + 10)) for row in range(10))
    reports = [report(1), report(2, test_loss=0.1, test_accuracy=2 / 3, confusion=counts), report(3)]
    files.start_tables(tmp_path, reports[:1])
    files.append_to_tables(tmp_path, reports[1:])
    assert files.load_reports(tmp_path) == reports
    files.start_tables(tmp_path, reports[:2])
    assert files.load_reports(tmp_path) == reports[:2]


@pytest.mark.parametrize("end", ["3,4,0.7", "3,4,0.75,0.375,0.3,0.01,120,,", "five,4,0.75,0.3,0.3,0.01,120,,\n"])
def test_reading_ends_at_an_incomplete_line(tmp_path: Path, end: str) -> None:
    files.start_tables(tmp_path, [report(1), report(2)])
    with (tmp_path / storage.METRICS).open("a") as file:
        file.write(end)
    assert [each.step for each in files.load_reports(tmp_path)] == [1, 2]


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
    files.start_tables(tmp_path, evaluated)
    lines = f"1,{COUNTS}\r\n{row}\r\n3,{COUNTS}\r\n"
    (tmp_path / files.CONFUSION).write_bytes(lines.encode("utf-8", "surrogatepass"))
    started = time.process_time()
    reports = files.load_reports(tmp_path)
    assert time.process_time() - started < 0.5
    assert reports == [replace(evaluated[0], confusion=((7,) * 10,) * 10), *evaluated[1:]]


def test_counts_of_a_step_that_was_not_evaluated_are_ignored(tmp_path: Path) -> None:
    files.start_tables(tmp_path, [report(1)])
    (tmp_path / files.CONFUSION).write_text(f"1,{COUNTS}\n9,{COUNTS}\n")
    assert files.load_reports(tmp_path) == [report(1)]


@given(st.binary(max_size=400))
def test_any_bytes_in_both_tables_are_reports_or_none(garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files.start_tables(folder, [report(1, test_loss=0.5, test_accuracy=0.5)])
        for table in (storage.METRICS, files.CONFUSION):
            with (folder / table).open("ab") as file:
                file.write(garbage)
        assert [each.step for each in files.load_reports(folder)][:1] == [1]
        for table in (storage.METRICS, files.CONFUSION):
            (folder / table).write_bytes(garbage)
        assert isinstance(files.load_reports(folder), list)


def test_a_folder_without_tables_has_no_reports(tmp_path: Path) -> None:
    assert files.load_reports(tmp_path) == []


def test_a_locked_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    assert not files.is_locked(tmp_path)
    with files.lock_run(tmp_path):
        assert files.is_locked(tmp_path)
        with pytest.raises(files.BusyRunError, match="being trained by another process"), files.lock_run(tmp_path):
            pass
    assert not files.is_locked(tmp_path)


def test_the_lock_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom mnist_core.runs.files import lock_run\n"
        "with lock_run(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        assert files.is_locked(tmp_path)
        process.kill()
    assert not files.is_locked(tmp_path)


def test_clearing_a_folder_removes_the_run_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / files.SNAPSHOTS).mkdir()
    for name in (*FINISHED_RUN - {files.SNAPSHOTS}, files.CHECKPOINT, "notes.txt", f"{files.SNAPSHOTS}/10.safetensors"):
        (tmp_path / name).touch()
    files.clear_run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {storage.CONFIG, files.LOCK, "notes.txt"}
