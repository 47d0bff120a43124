import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_core.models import storage
from mnist_core.runs import files, tables
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState, load_run, load_runs
from tests.core.runs.running import EVALUATED_OFTEN, Splits, ended, same_weights
from tests.made import NOT_FILES, link_to_itself


def test_another_process_finds_a_finished_run(make_registry: Callable[[], RunRegistry], tiny_splits: Splits) -> None:
    run = ended(make_registry().start(EVALUATED_OFTEN, lambda: tiny_splits, "me"))
    again = make_registry().runs[run.name]
    assert (again.state, again.owner, again.config) == (RunState.FINISHED, "me", EVALUATED_OFTEN)
    assert again.history.kept == run.history.kept and again.evaluations == run.evaluations
    assert again.evaluations[-1].confusion
    assert run.latest_model is not None and same_weights(again, run.latest_model)


def test_another_process_finds_a_failed_run_with_its_message(make_registry: Callable[[], RunRegistry]) -> None:
    def broken() -> Splits:
        raise RuntimeError("the digits went away")

    run = ended(make_registry().start(EVALUATED_OFTEN, broken))
    again = make_registry().runs[run.name]
    assert (again.state, again.message, len(again.history)) == (RunState.FAILED, "the digits went away", 0)


def test_folders_that_are_not_runs_are_skipped(
    tmp_path: Path, make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    run = ended(make_registry().start(EVALUATED_OFTEN, lambda: tiny_splits))
    for name, content in (("broken", "{"), ("list", "[]"), ("model", '{"model": "forest"}')):
        (tmp_path / "runs" / name).mkdir()
        (tmp_path / "runs" / name / storage.CONFIG).write_text(content)
    (tmp_path / "runs" / "empty").mkdir()
    (tmp_path / "runs" / "note.txt").write_text("no folder")
    for name, record in (("state", '{"owner": "", "state": "asleep", "message": ""}'), ("number", '{"owner": 3}')):
        (tmp_path / "runs" / name).mkdir()
        storage.save_json(tmp_path / "runs" / name / storage.CONFIG, EVALUATED_OFTEN)
        (tmp_path / "runs" / name / files.RECORD).write_text(record)
    assert [found.name for found in load_runs(tmp_path / "runs")] == [run.name]


def test_a_folder_without_a_record_is_a_finished_run_without_an_owner(
    tmp_path: Path, make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    run = ended(make_registry().start(EVALUATED_OFTEN, lambda: tiny_splits, "me"))
    (run.folder / files.RECORD).unlink()
    (found,) = load_runs(tmp_path / "runs")
    assert (found.state, found.owner, len(found.history)) == (RunState.FINISHED, "", 30)


@pytest.mark.parametrize("make", [*NOT_FILES, link_to_itself], ids=lambda make: make.__name__)
def test_devices_pipes_and_folders_among_the_files_of_runs_are_no_runs_and_block_nothing(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    for name in ("whole", storage.CONFIG, files.RECORD, "device"):
        if name == "device":
            make(tmp_path / name)
            continue
        folder = tmp_path / name
        folder.mkdir()
        storage.save_json(folder / storage.CONFIG, EVALUATED_OFTEN)
        files.save_record(folder, {"owner": "me", "state": "finished", "message": ""})
        if name != "whole":
            (folder / name).unlink()
            make(folder / name)
    loaded = {run.name for run in load_runs(tmp_path)}
    # A link to itself names no file, so a run whose record is one has neither a record nor a card.
    assert loaded == {"whole"}


@pytest.mark.parametrize("make", [*NOT_FILES, link_to_itself], ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", [storage.METRICS, tables.CONFUSION, storage.WEIGHTS, storage.CARD])
def test_a_run_with_such_a_file_is_shown_without_it(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    storage.save_json(tmp_path / storage.CONFIG, EVALUATED_OFTEN)
    files.save_record(tmp_path, {"owner": "me", "state": "finished", "message": ""})
    make(tmp_path / name)
    run = load_run(tmp_path)
    assert run is not None
    assert (len(run.history), run.evaluations, run.latest_model, run.temperature) == (0, [], None, 1.0)


def test_a_folder_that_may_not_be_entered_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        storage.save_json(tmp_path / name / storage.CONFIG, EVALUATED_OFTEN)
        files.save_record(tmp_path / name, {"owner": "me", "state": "finished", "message": ""})
    see = Path.stat

    def refuse(path: Path, **options: Any) -> os.stat_result:
        if path.parent.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return see(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    assert [run.name for run in load_runs(tmp_path)] == ["open"]
    assert load_runs(tmp_path / "none") == []
