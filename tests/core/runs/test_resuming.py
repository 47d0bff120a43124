import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from mnist_core.data.split import Split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model
from mnist_core.runs import files, tables
from mnist_core.runs.registry import SERVER_LOCK, RunRegistry
from mnist_core.runs.run import Run, RunState, load_runs
from mnist_core.training.loop import fit
from mnist_core.training.metrics import append_metrics, read_metrics, start_metrics
from mnist_core.training.report import StepReport
from tests.core.runs.running import EVALUATED_OFTEN, Splits, ended, same_weights
from tests.waiting import wait_for

WORKER = """
import sys, time
from pathlib import Path
import torch
from tests.made import made_split
from mnist_core.runs import recorder
from mnist_core.models.config import TrainConfig
from mnist_core.runs.registry import RunRegistry
recorder.CHECKPOINT_EVERY = 0.05
splits = made_split("train", 400, seed=1), made_split("test", 100, seed=2)
registry = RunRegistry(Path(sys.argv[1]))
run = registry.start(TrainConfig("cnn", epochs=12, batch_size=40, evaluations=1, augment=0.5), lambda: splits, "me")
while run.state.is_alive:
    print(len(run.history), flush=True)
    time.sleep(0.02)
"""


def interrupted(make: Callable[[], RunRegistry], splits: Splits, config: TrainConfig = EVALUATED_OFTEN) -> Run:
    """Start a run, pause it somewhere in the middle, close its registry, and find it again in a new one."""
    registry, loaded = make(), threading.Event()
    run = registry.start(config, lambda: (loaded.wait(60), splits)[1], "me")
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    registry.close()
    assert run.state is RunState.INTERRUPTED
    return make().runs[run.name]


def test_a_resumed_run_ends_like_an_uninterrupted_one(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    run = interrupted(make_registry, tiny_splits)
    assert len(run.history) == 1
    registry = make_registry()
    run = registry.runs[run.name]
    assert list(registry.runs.values()) == [run]
    registry.resume_interrupted(run, lambda: tiny_splits)
    ended(run)
    oracle = build_model("linear", EVALUATED_OFTEN.seed)
    straight = list(fit(oracle, *tiny_splits, EVALUATED_OFTEN))
    assert (run.state, run.owner) == (RunState.FINISHED, "me")
    assert [replace(report, seconds=0) for report in run.history.kept] == [
        replace(each, seconds=0, confusion=None) for each in straight
    ]
    assert same_weights(run, oracle)
    assert read_metrics(run.folder / storage.METRICS) == run.history.kept
    assert not (run.folder / files.CHECKPOINT).exists()


def test_a_run_without_a_checkpoint_resumes_from_its_start(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    run = interrupted(make_registry, tiny_splits)
    for name in (files.CHECKPOINT, storage.METRICS, tables.CONFUSION):
        (run.folder / name).unlink()
    registry = make_registry()
    run = registry.runs[run.name]
    registry.resume_interrupted(run, lambda: tiny_splits)
    assert len(ended(run).history) == 30 and run.state is RunState.FINISHED


def test_only_an_interrupted_run_can_be_resumed(make_registry: Callable[[], RunRegistry], tiny_splits: Splits) -> None:
    registry = make_registry()
    run = ended(registry.start(EVALUATED_OFTEN, lambda: tiny_splits))
    with pytest.raises(ValueError, match="interrupted run can be resumed, but .* is finished"):
        registry.resume_interrupted(run, lambda: tiny_splits)


@pytest.mark.slow
def test_a_killed_server_loses_one_interval_at_most_and_no_bit_of_the_result(
    tmp_path: Path, make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path / "runs")],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    steps = 0
    for line in process.stdout:
        steps = int(line)
        if steps > 34:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    registry = make_registry()
    (run,) = registry.runs.values()
    kept = files.load_checkpoint(run.folder)
    assert kept is not None and 30 <= kept.step < 120  # evaluated, and so kept, at every tenth
    registry.resume_interrupted(run, lambda: tiny_splits)
    ended(run)
    oracle = build_model("cnn", run.config.seed)
    straight = list(fit(oracle, *tiny_splits, run.config))
    assert run.state is RunState.FINISHED, run.message
    assert [report.loss for report in run.history.kept] == [report.loss for report in straight]
    assert same_weights(run, oracle)


def break_checkpoint(path: Path, how: str) -> None:
    if how == "no safetensors":
        path.write_bytes(b"pickled, perhaps")
    elif how == "cut short":
        path.write_bytes(path.read_bytes()[:-100])
    elif how == "of another run":
        save_file({"step": torch.tensor(1), "seconds": torch.tensor(1.0)}, path)
    elif how == "too large":
        with path.open("r+b") as file:
            file.truncate(files.MAX_CHECKPOINT_BYTES + 1)


@pytest.mark.parametrize("how", ["no safetensors", "cut short", "of another run", "too large"])
def test_a_broken_checkpoint_fails_the_run_in_one_sentence(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, how: str
) -> None:
    run = interrupted(make_registry, tiny_splits)
    break_checkpoint(run.folder / files.CHECKPOINT, how)
    registry = make_registry()
    run = registry.runs[run.name]
    registry.resume_interrupted(run, lambda: tiny_splits)
    assert ended(run).state is RunState.FAILED
    assert "must" in run.message and "\n" not in run.message


def test_metrics_that_lost_lines_fail_the_run_in_one_sentence(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits
) -> None:
    run = interrupted(make_registry, tiny_splits)
    start_metrics(run.folder / storage.METRICS)
    registry = make_registry()
    run = registry.runs[run.name]
    registry.resume_interrupted(run, lambda: tiny_splits)
    assert ended(run).message.endswith("delete the run and start it again")


def test_a_deleted_run_leaves_nothing(make_registry: Callable[[], RunRegistry], tiny_splits: Splits) -> None:
    registry = make_registry()
    done = ended(registry.start(EVALUATED_OFTEN, lambda: tiny_splits))
    long = replace(EVALUATED_OFTEN, epochs=1000)
    training, waiting = (registry.start(long, lambda: tiny_splits) for _ in range(2))
    wait_for(lambda: training.history)
    for run in (done, training, waiting):
        registry.delete(run)
        assert run.name not in registry.runs
    wait_for(lambda: not any(run.folder.exists() for run in (done, training, waiting)))
    assert len(training.history) < training.history.last.steps / 2  # it was not trained to its end first
    assert [path.name for path in registry.root.iterdir()] == [SERVER_LOCK]
    time.sleep(0.2)
    assert [path.name for path in registry.root.iterdir()] == [SERVER_LOCK]  # no thread writes another line


@pytest.mark.parametrize("asked", ["stop", "pause", "delete"])
def test_a_request_is_applied_before_the_next_mini_batch_of_an_evaluation(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_at: list[float] = []
    seen: list[RunState] = []  # the states of the run when it noticed a request
    check_requests = Run.check_requests

    def watched(run: Run) -> None:
        checked_at.append(time.monotonic())
        if run.is_ending or run.pause_requested:
            seen.append(run.state)
        check_requests(run)

    monkeypatch.setattr(Run, "check_requests", watched)
    train, test = tiny_splits
    huge = Split(test.images[:1].expand(2_000_000, 28, 28), test.labels[:1].expand(2_000_000), "test")  # takes minutes
    registry = make_registry()
    run = registry.start(replace(EVALUATED_OFTEN, model="cnn", evaluations=10), lambda: (train, huge))
    wait_for(lambda: len(checked_at) > 20)
    assert not run.history  # its first step is being evaluated
    soon = 100 * (checked_at[-1] - checked_at[0]) / (len(checked_at) - 1)  # s, the time of a fortieth of the images
    if asked == "pause":
        run.pause()
        wait_for(lambda: run.state is RunState.PAUSED, soon)
        run.unpause()
        wait_for(lambda: run.state is RunState.TRAINING, soon)
        run.stop()
    elif asked == "stop":
        run.stop()
    else:
        registry.delete(run)
    wait_for(lambda: not run.state.is_alive, soon)
    assert seen == [RunState.TRAINING] * (2 if asked == "pause" else 1)
    assert not run.history and not run.message
    assert asked == "delete" or run.state is RunState.STOPPED


def test_a_pause_during_an_evaluation_is_not_training_time(tiny_splits: Splits) -> None:
    pauses: list[float] = []

    def pause() -> None:
        started = time.perf_counter()
        time.sleep(0.5)
        pauses.append(time.perf_counter() - started)

    config, started = replace(EVALUATED_OFTEN, epochs=1, evaluations=1), time.perf_counter()
    reports = list(fit(build_model("linear"), *tiny_splits, config, on_batch=pause))
    assert pauses and reports[-1].seconds <= time.perf_counter() - started - sum(pauses)


@pytest.mark.parametrize("writer", ["save_checkpoint", "append_to_tables", "save_record"])
def test_a_full_disk_interrupts_one_run_with_one_sentence_and_no_other(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry()
    sound = registry.start(replace(EVALUATED_OFTEN, epochs=1000), lambda: tiny_splits)
    wait_for(lambda: len(sound.history) > 10)
    room = tables if writer == "append_to_tables" else files
    original = getattr(room, writer)
    failing_runs: list[Run] = []

    def full(folder: Path, given: object) -> None:
        if failing_runs and folder == failing_runs[0].folder:
            raise OSError(28, "No space left on device", str(folder))
        original(folder, given)

    loaded = threading.Event()
    failing_runs.append(registry.start(EVALUATED_OFTEN, lambda: (loaded.wait(60), tiny_splits)[1]))
    monkeypatch.setattr(room, writer, full)
    loaded.set()
    failed = ended(failing_runs[0])
    assert failed.state is RunState.INTERRUPTED
    assert failed.message == (
        f"{failed.folder} could not be written (No space left on device): "
        "free space or correct its permissions, then resume the run."
    )
    steps = len(sound.history)
    wait_for(lambda: len(sound.history) > steps + 20)


@pytest.mark.parametrize("name", [files.CHECKPOINT, storage.WEIGHTS])
def test_a_run_that_a_full_disk_interrupted_resumes_when_there_is_room_again(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    def full(tensors: dict[str, torch.Tensor], path: Path, header: dict[str, str]) -> None:
        if path.name.startswith(name):
            monkeypatch.setattr(storage, "save_file", save_file)
            # This is what safetensors raises on a small tmpfs that is full: no OSError.
            raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
        save_file(tensors, path, header)

    monkeypatch.setattr(storage, "save_file", full)
    registry = make_registry()
    run = registry.start(EVALUATED_OFTEN, lambda: tiny_splits)
    assert ended(run).state is RunState.INTERRUPTED
    assert "could not be written (No space left on device)" in run.message and "then resume the run" in run.message
    registry.resume_interrupted(run, lambda: tiny_splits)
    oracle = build_model("linear", EVALUATED_OFTEN.seed)
    list(fit(oracle, *tiny_splits, EVALUATED_OFTEN))
    assert ended(run).state is RunState.FINISHED and same_weights(run, oracle)


def test_a_disk_that_fills_up_later_leaves_the_last_checkpoint(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = make_registry()

    def full(path: Path, reports: list[StepReport]) -> None:
        append_metrics(path, reports)
        if reports and reports[-1].step > 12:
            raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(tables, "append_metrics", full)
    run = ended(registry.start(EVALUATED_OFTEN, lambda: tiny_splits))
    assert run.state is RunState.INTERRUPTED
    checkpoint = files.load_checkpoint(run.folder)
    assert checkpoint is not None and checkpoint.step == 10
    (again,) = load_runs(registry.root)  # as another process sees it
    assert again.state is RunState.INTERRUPTED and again.message == run.message
    registry.resume_interrupted(run, lambda: tiny_splits)  # too early: the disk is still full
    assert ended(run).state is RunState.INTERRUPTED and files.load_checkpoint(run.folder) is not None
    monkeypatch.setattr(tables, "append_metrics", append_metrics)
    registry.resume_interrupted(run, lambda: tiny_splits)
    assert ended(run).state is RunState.FINISHED and len(tables.load_history(run.folder)) == 30
