"""What a run leaves on disk, and how another process reads it."""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from mnist_core.models import storage
from mnist_core.runs import files, tables
from mnist_core.training.learner import TrainingState
from mnist_core.training.report import StepReport
from tests.made import FINISHED_RUN
from tests.syncing import recorded_syncs

STATE = TrainingState(3, 1.5, {"model.a": torch.ones(2)})


def checkpoint(folder: Path, **changed: torch.Tensor) -> None:
    counts = {"step": torch.tensor(3), "seconds": torch.tensor(1.5, dtype=torch.float64)}
    save_file(STATE.tensors | counts | changed, folder / files.CHECKPOINT)


def test_a_checkpoint_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    assert files.load_checkpoint(tmp_path) is None
    files.save_checkpoint(tmp_path, STATE)
    back = files.load_checkpoint(tmp_path)
    assert back is not None and (back.step, back.seconds) == (3, 1.5)
    assert back.tensors.keys() == STATE.tensors.keys() and torch.equal(back.tensors["model.a"], torch.ones(2))


WRONG_COUNTS = {
    "a step that is not a number": {"step": torch.tensor(math.nan)},
    "an infinite step": {"step": torch.tensor(math.inf)},
    "half a step": {"step": torch.tensor(2.5)},
    "a step of truth": {"step": torch.tensor(True)},
    "several steps": {"step": torch.tensor([1, 2])},
    "a negative step": {"step": torch.tensor(-3)},
    "a time that is not a number": {"seconds": torch.tensor(math.nan, dtype=torch.float64)},
    "an infinite time": {"seconds": torch.tensor(math.inf, dtype=torch.float64)},
    "a negative time": {"seconds": torch.tensor(-1.0, dtype=torch.float64)},
    "several times": {"seconds": torch.ones(2, dtype=torch.float64)},
    "no time": {"seconds": torch.ones(0, dtype=torch.float64)},
}


@pytest.mark.parametrize("changed", WRONG_COUNTS.values(), ids=WRONG_COUNTS)
def test_a_checkpoint_with_impossible_counts_is_refused(tmp_path: Path, changed: dict[str, torch.Tensor]) -> None:
    checkpoint(tmp_path, **changed)
    with pytest.raises(ValueError, match=r"^[^\n]+ must be a checkpoint, got something else: delete the run[^\n]+$"):
        files.load_checkpoint(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_in_the_place_of_a_checkpoint_are_refused_in_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        for start in (b"", len(content).to_bytes(8, "little")):
            (Path(name) / files.CHECKPOINT).write_bytes(start + content)
            with pytest.raises(ValueError, match=r"^[^\n]+ must be a safetensors file[^\n]+: delete[^\n]+$"):
                files.load_checkpoint(Path(name))


@pytest.mark.parametrize("name", [files.CHECKPOINT, files.RECORD])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "too large"])
def test_what_is_no_file_of_a_possible_size_is_refused_in_one_sentence(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "folder":
        (tmp_path / name).mkdir()
    elif kind == "pipe":
        os.mkfifo(tmp_path / name)
    elif kind == "device":
        (tmp_path / name).symlink_to("/dev/zero")
    else:
        with (tmp_path / name).open("wb") as file:
            file.truncate(10**10)  # a file with holes
    with pytest.raises(ValueError, match=r"regular file|cannot be read|at most"):
        (files.load_checkpoint if name == files.CHECKPOINT else files.load_record)(tmp_path)


@given(
    st.dictionaries(
        st.sampled_from([*files.RECORD_FIELDS, "more"]),
        st.none() | st.integers() | st.text(max_size=5) | st.just("\ud800") | st.lists(st.text(max_size=2)),
    )
)
def test_any_record_is_three_texts_that_can_be_shown_or_is_refused_in_one_line(record: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / files.RECORD).write_text(json.dumps(record))
        try:
            back = files.load_record(Path(name))
        except ValueError as error:
            assert "\n" not in str(error)
        else:
            assert back is not None and list(back) == list(files.RECORD_FIELDS)
            "".join(back.values()).encode()


def test_the_tables_reach_the_disk_before_the_checkpoint_that_needs_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.start_tables(tmp_path)
    with recorded_syncs(monkeypatch) as calls:
        tables.append_to_tables(tmp_path, [StepReport(1, 4, 0.25, 0.1, 1.0, 0.01, 40)])
        files.save_checkpoint(tmp_path, STATE)
    unfinished, folder = f"{files.CHECKPOINT}.unfinished", f"sync {tmp_path.name}"
    assert calls == [
        f"sync {storage.METRICS}",
        f"sync {tables.CONFUSION}",
        f"sync {unfinished}",
        f"replace {unfinished} {files.CHECKPOINT}",
        folder,
    ]


def test_a_record_reaches_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded_syncs(monkeypatch) as calls:
        files.save_record(tmp_path, dict.fromkeys(files.RECORD_FIELDS, "a"))
    name = files.RECORD
    assert calls == [f"sync {name}.unfinished", f"replace {name}.unfinished {name}", f"sync {tmp_path.name}"]


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
