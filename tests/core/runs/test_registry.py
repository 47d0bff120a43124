import csv
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mnist_core.models import storage
from mnist_core.runs import files
from mnist_core.runs.registry import SERVER_LOCK, ReadOnlyError, RunRegistry
from mnist_core.runs.run import RunState
from tests.core.runs.running import LONG, QUICK, Splits, ended, same_weights
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
        assert not waiting.history and waiting.latest_model is None
        assert {path.name for path in waiting.folder.iterdir()} == {storage.CONFIG, files.RECORD}
    finally:
        registry.close()


def test_closing_interrupts_every_run_and_leaves_no_thread(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    training, waiting = (registry.start(LONG, lambda: tiny_splits) for _ in range(2))
    wait_for(lambda: training.history)
    registry.close()
    assert (training.state, waiting.state) == (RunState.INTERRUPTED, RunState.INTERRUPTED)
    assert not {training.name, waiting.name} & {thread.name for thread in threading.enumerate()}
    assert not waiting.history


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


@pytest.mark.parametrize("name", ["save_json", "save_record"])
def test_a_run_that_cannot_be_written_leaves_no_folder(
    registry: RunRegistry, tiny_splits: Splits, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage if name == "save_json" else files, name, full)
    with pytest.raises(OSError, match="No space left"):
        registry.start(QUICK, lambda: tiny_splits)
    assert not registry.runs and [path.name for path in registry.root.iterdir()] == [SERVER_LOCK]


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


def test_paused_runs_give_their_turns_up_and_wait_for_another_to_continue(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=2)
    try:
        left = [registry.start(LONG, lambda: tiny_splits, owner) for owner in ("one", "two")]
        wait_for(lambda: all(run.history for run in left))
        for run in left:
            run.pause()
        third = registry.start(LONG, lambda: tiny_splits, "three")
        fourth = registry.start(LONG, lambda: tiny_splits, "four")
        wait_for(lambda: third.history and fourth.history)
        assert [run.state for run in left] == [RunState.PAUSED] * 2
        left[0].unpause()
        wait_for(lambda: left[0].state is RunState.QUEUED)
        assert registry.queue_position(left[0]) == 1
        steps = len(left[0].history)
        third.stop()
        wait_for(lambda: left[0].state is RunState.TRAINING and len(left[0].history) > steps)
    finally:
        registry.close()


def test_a_pause_and_a_wait_change_no_bit_of_the_result(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    config = replace(QUICK, epochs=30)
    alone = ended(registry.start(config, lambda: tiny_splits, "alone"))
    paused = registry.start(config, lambda: tiny_splits, "me")
    wait_for(lambda: paused.history)
    paused.pause()
    assert ended(registry.start(QUICK, lambda: tiny_splits, "them")).state is RunState.FINISHED
    paused.unpause()
    assert ended(paused).state is RunState.FINISHED and alone.latest_model is not None
    assert same_weights(paused, alone.latest_model)
    registry.close()


def test_the_runs_of_one_visitor_do_not_stand_before_those_of_the_others(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    try:
        mine = [registry.start(LONG, lambda: tiny_splits, "me") for _ in range(4)]
        wait_for(lambda: mine[0].state is RunState.TRAINING)
        theirs = [registry.start(QUICK, lambda: tiny_splits, owner) for owner in ("a", "b")]
        assert registry.queue() == [*theirs, *mine[1:]]
        registry.turns.move(mine[3].name, first=True)
        assert [registry.queue_position(run) for run in (mine[3], *theirs)] == [1, 2, 3]
    finally:
        registry.close()


SECOND_SERVER = """
import sys, time
from pathlib import Path
from mnist_core.runs.registry import SERVER_LOCK, ReadOnlyError, RunRegistry

registry = RunRegistry(Path(sys.argv[1]))
(run,) = registry.owned_by("me")
print(run.state, flush=True)
for attempt in (lambda: registry.start(run.config, None, "you"), lambda: registry.resume_interrupted(run, None)):
    try:
        attempt()
    except ReadOnlyError as refused:
        print(refused, flush=True)
sys.stdin.readline()  # the first server ends
time.sleep(2.1)
(run,) = registry.owned_by("me")
print(run.state, registry.is_reader, flush=True)
"""


def test_a_second_server_only_reads_until_the_first_has_ended(tmp_path: Path, tiny_splits: Splits) -> None:
    first = RunRegistry(tmp_path / "runs", max_concurrent=1)
    run = first.start(LONG, lambda: tiny_splits, "me")
    wait_for(lambda: run.history)
    with subprocess.Popen(
        [sys.executable, "-c", SECOND_SERVER, str(tmp_path / "runs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as second:
        assert second.stdin is not None and second.stdout is not None
        lines = [second.stdout.readline() for _ in range(3)]
        assert lines[0] == "training elsewhere\n"
        assert lines[1] == lines[2] and "Another server uses this folder of runs" in lines[1]
        first.close()
        second.stdin.write("\n")
        second.stdin.flush()
        assert second.stdout.readline() == "interrupted False\n"
    with (run.folder / storage.METRICS).open() as table:
        assert [int(row["step"]) for row in csv.DictReader(table)] == list(range(1, len(run.history) + 1))


def test_a_reader_shows_what_waits_at_the_other_server_as_training_elsewhere(
    tmp_path: Path, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.runs.registry.REREAD_EVERY", 0.0)
    first = RunRegistry(tmp_path, max_concurrent=1)
    reader = RunRegistry(tmp_path)
    assert reader.is_reader and not first.is_reader
    training, waiting = (first.start(LONG, lambda: tiny_splits, owner) for owner in ("me", "you"))
    wait_for(lambda: training.history)
    states = {run.name: run.state for run in reader.all_runs()}
    assert states == {training.name: RunState.ELSEWHERE, waiting.name: RunState.ELSEWHERE}
    with pytest.raises(ReadOnlyError):
        reader.start(QUICK, lambda: tiny_splits)
    ended_elsewhere = training.name
    training.stop()
    ended(training)
    shown = reader.find(ended_elsewhere)
    assert shown is not None and shown.state is RunState.STOPPED
    with pytest.raises(ReadOnlyError):
        reader.delete(shown)
    assert training.folder.is_dir()
    first.close()
    reader.close()
