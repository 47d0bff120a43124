import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mnist_core.models import storage
from mnist_core.runs import files
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState
from tests.core.runs.running import LONG, QUICK, Splits, ended
from tests.waiting import wait_for


def test_runs_beyond_the_limit_wait_in_a_queue(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    began: list[tuple[str, int]] = []
    go = threading.Event()

    def load_for(name: str) -> Callable[[], Splits]:
        def load() -> Splits:
            at_work = [run for run in registry.runs.values() if run.state in (RunState.TRAINING, RunState.PAUSED)]
            began.append((name, len(at_work)))
            go.wait(60)
            return tiny_splits

        return load

    first = registry.start(QUICK, load_for("first"))
    wait_for(lambda: began)
    second, third = (registry.start(QUICK, load_for(name)) for name in ("second", "third"))
    time.sleep(0.1)
    assert [run.state for run in (first, second, third)] == [RunState.TRAINING, RunState.QUEUED, RunState.QUEUED]
    assert [registry.queue_position(run) for run in (first, second, third)] == [0, 1, 2]
    go.set()
    for run in (first, second, third):
        assert ended(run).state is RunState.FINISHED
    assert began == [("first", 1), ("second", 1), ("third", 1)]
    registry.close()


def test_two_runs_train_at_the_same_time_when_they_may(registry: RunRegistry, tiny_splits: Splits) -> None:
    both = threading.Barrier(2)
    pair = [registry.start(QUICK, lambda: (both.wait(60), tiny_splits)[1]) for _ in range(2)]
    assert [ended(run).state for run in pair] == [RunState.FINISHED] * 2  # one alone would break the barrier


def test_a_waiting_run_can_be_stopped(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    try:
        first = registry.start(LONG, lambda: tiny_splits)
        waiting = registry.start(QUICK, lambda: tiny_splits)
        waiting.stop()
        wait_for(lambda: waiting.state is RunState.STOPPED)
        assert first.state.is_alive  # it did not have to wait for its turn
        assert not waiting.reports and waiting.latest_model is None
        assert {path.name for path in waiting.folder.iterdir()} == {storage.CONFIG, files.RECORD}
    finally:
        registry.close()


def test_closing_interrupts_every_run_and_leaves_no_thread(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    training, waiting = (registry.start(LONG, lambda: tiny_splits) for _ in range(2))
    wait_for(lambda: training.reports)
    registry.close()
    assert (training.state, waiting.state) == (RunState.INTERRUPTED, RunState.INTERRUPTED)
    assert not {training.name, waiting.name} & {thread.name for thread in threading.enumerate()}
    assert not waiting.reports


def test_runs_are_listed_for_their_owner_newest_first(registry: RunRegistry, tiny_splits: Splits) -> None:
    mine = [registry.start(QUICK, lambda: tiny_splits, owner="me") for _ in range(2)]
    theirs = registry.start(QUICK, lambda: tiny_splits, owner="them")
    assert registry.owned_by("me") == mine[::-1] and registry.owned_by("them") == [theirs]
    assert registry.owned_by("nobody") == []
    assert len({run.name for run in registry.runs.values()}) == 3
    for run in [*mine, theirs]:
        ended(run)


def test_a_folder_that_cannot_be_made_is_an_error_immediately(tmp_path: Path, tiny_splits: Splits) -> None:
    (tmp_path / "file").write_text("no folder")
    registry = RunRegistry(tmp_path / "file")
    with pytest.raises(OSError):
        registry.start(QUICK, lambda: tiny_splits)
    assert not registry.runs


def test_a_run_uses_its_number_of_threads_and_pages_use_one(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.runs.registry.THREADS", 3)
    found: list[int] = []

    def load() -> Splits:
        found.append(torch.get_num_threads())
        page = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        page.start()
        page.join()
        return tiny_splits

    ended(registry.start(QUICK, load))
    assert found == [3, 1]
    assert torch.get_num_threads() == 1  # this thread's own number is not touched, see conftest


def test_a_deleted_run_is_not_found_again_while_its_thread_still_ends(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path / "runs")
    loading, may_end = threading.Event(), threading.Event()

    def load() -> Splits:
        loading.set()
        may_end.wait(60)
        return tiny_splits

    run = registry.start(QUICK, load, "me")
    assert loading.wait(60)
    registry.delete(run)
    assert run.folder.is_dir() and registry.find(run.name) is None  # another visitor has its link
    may_end.set()
    wait_for(lambda: not run.folder.exists())
    assert registry.find(run.name) is None and not registry.runs
    registry.close()


def test_a_run_that_another_process_trains_is_not_deleted_and_is_forgotten_with_its_folder(
    tmp_path: Path, tiny_splits: Splits
) -> None:
    theirs = RunRegistry(tmp_path / "runs")
    run = ended(theirs.start(QUICK, lambda: tiny_splits, "me"))
    theirs.close()
    with files.lock_run(run.folder):
        ours = RunRegistry(tmp_path / "runs")
        (shown,) = ours.owned_by("me")
        assert shown.state is RunState.ELSEWHERE
        with pytest.raises(ValueError, match="being trained by another process"):
            ours.delete(shown)
        assert ours.find(run.name) is shown and shown.folder.is_dir()
    shutil.rmtree(run.folder)
    assert ours.find(run.name) is None and not ours.runs


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "a/b", "a" * 5_000, "\x00", "\ud800"])
def test_a_name_from_a_link_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "runs").mkdir()
    assert RunRegistry(tmp_path / "runs").find(name) is None
