"""What a run leaves on disk, and how another process reads it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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
