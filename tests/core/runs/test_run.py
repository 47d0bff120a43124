from collections.abc import Callable
from pathlib import Path

from mnist_core.models import storage
from mnist_core.runs import files
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState, load_runs
from tests.core.runs.running import EVALUATED_OFTEN, Splits, ended, same_weights


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
