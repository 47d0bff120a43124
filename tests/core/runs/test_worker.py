import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mnist_core.data.split import MissingDataError
from mnist_core.models import networks, storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model
from mnist_core.runs import worker
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState
from mnist_core.training.loop import fit
from mnist_core.training.report import StepReport
from tests.core.runs.running import LONG, QUICK, Splits, as_row, ended, metrics
from tests.waiting import wait_for


def test_a_run_ends_with_the_weights_of_the_same_fit(registry: RunRegistry, tiny_splits: Splits) -> None:
    run = ended(registry.start(QUICK, lambda: tiny_splits, owner="me"))
    assert (run.state, run.message) == (RunState.FINISHED, "")
    oracle = build_model("linear", QUICK.seed)
    reports = list(fit(oracle, *tiny_splits, QUICK))
    assert [replace(report, seconds=0) for report in run.history.kept] == [
        replace(report, seconds=0, confusion=None) for report in reports
    ]
    assert run.latest_model is not None and not run.latest_model.training
    for one, other in zip(run.latest_model.parameters(), oracle.parameters(), strict=True):
        assert torch.equal(one, other)
    assert [report.step for report in run.evaluations] == [10, 20]


def test_stopping_takes_effect_soon_and_keeps_what_was_learned(registry: RunRegistry, tiny_splits: Splits) -> None:
    run = registry.start(LONG, lambda: tiny_splits)
    wait_for(lambda: len(run.history) > 15)
    run.stop()
    assert ended(run).state is RunState.STOPPED
    assert 15 < len(run.history) < run.history.last.steps
    assert metrics(run) == [as_row(report) for report in run.history.kept]
    assert run.latest_model is not None
    kept = storage.load_trained(run.folder).model
    assert all(torch.equal(a, b) for a, b in zip(kept.parameters(), run.latest_model.parameters(), strict=True))


def test_a_paused_run_waits_and_then_continues_as_if_it_had_not(registry: RunRegistry, tiny_splits: Splits) -> None:
    loaded = threading.Event()
    run = registry.start(QUICK, lambda: (loaded.wait(60), tiny_splits)[1])
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    assert len(run.history) == 1 and run.latest_model is None  # nothing is evaluated yet
    time.sleep(0.3)
    assert len(run.history) == 1 and run.state is RunState.PAUSED
    run.unpause()
    assert ended(run).state is RunState.FINISHED and len(run.history) == 20
    straight = list(fit(build_model("linear", QUICK.seed), *tiny_splits, QUICK))
    assert [report.loss for report in run.history.kept] == [report.loss for report in straight]


def test_a_paused_run_can_be_stopped(registry: RunRegistry, tiny_splits: Splits) -> None:
    loaded = threading.Event()
    run = registry.start(LONG, lambda: (loaded.wait(60), tiny_splits)[1])
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    run.stop()
    assert ended(run).state is RunState.STOPPED
    assert len(run.history) == 1


def hopeless(width: int, depth: int) -> list[nn.Module]:
    flatten, last = networks.linear(width, depth)
    nn.init.constant_(last.get_parameter("weight"), float("inf"))
    return [flatten, last]


def test_an_infinite_loss_fails_one_run_and_not_the_other(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(networks.MODELS, "mlp", hopeless)
    sound = registry.start(LONG, lambda: tiny_splits)
    failed = ended(registry.start(replace(QUICK, model="mlp"), lambda: tiny_splits))
    assert failed.state is RunState.FAILED
    assert failed.message == "The loss became infinite at step 1: try a smaller learning rate."
    steps = len(sound.history)
    wait_for(lambda: len(sound.history) > steps + 20)
    assert sound.state is RunState.TRAINING


def test_a_failed_run_keeps_the_reports_it_made(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*args: object, **options: object) -> Iterator[StepReport]:
        for step in range(1, 6):
            yield StepReport(step, 10, step / 10, 0.1, 1.0 if step < 5 else float("nan"), 0.1, 40 * step)

    monkeypatch.setattr(worker, "fit", breaking)
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.state is RunState.FAILED and len(run.history) == 4
    assert len(metrics(run)) == 4


def failing(error: Exception) -> Callable[[], Splits]:
    def load() -> Splits:
        raise error

    return load


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MissingDataError("MNIST is not complete: x is missing."), "MNIST is not complete: x is missing."),
        (RuntimeError("first line\nsecond line"), "first line"),
        (MemoryError(), "There was not enough memory: try a smaller batch."),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            "There was not enough memory: try a smaller batch.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_run_that_fails_says_so_in_one_sentence_and_makes_room(
    tmp_path: Path, tiny_splits: Splits, error: Exception, message: str
) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    run = ended(registry.start(QUICK, failing(error)))
    assert (run.state, run.message) == (RunState.FAILED, message)
    assert ended(registry.start(QUICK, lambda: tiny_splits)).state is RunState.FINISHED
    registry.close()


def test_a_full_disk_interrupts_the_run_with_one_sentence(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, reports: list[StepReport]) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mnist_core.runs.tables.append_metrics", full)
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.state is RunState.INTERRUPTED
    assert (
        run.message == f"{run.folder} could not be written (No space left on device): "
        "free space or correct its permissions, then resume the run."
    )


def test_an_error_without_a_message_fails_the_run_too(registry: RunRegistry) -> None:
    run = registry.start(QUICK, failing(RuntimeError()))
    assert ended(run).state is RunState.FAILED and run.message


def test_a_failed_download_is_not_blamed_on_the_runs_folder(registry: RunRegistry) -> None:
    run = ended(registry.start(QUICK, failing(OSError("MNIST could not be downloaded: check the network"))))
    assert run.message == "MNIST could not be downloaded: check the network"


def test_runs_that_begin_together_are_as_repeatable_as_one_alone(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)

    def build_together(config: TrainConfig) -> nn.Sequential:
        try:
            meeting.wait(2)
        except threading.BrokenBarrierError:
            pass
        return build_model(config.model, config.seed)

    monkeypatch.setattr(TrainConfig, "build_model", build_together)
    pair = [registry.start(QUICK, lambda: tiny_splits) for _ in range(2)]
    one, other = ([report.loss for report in ended(run).history.kept] for run in pair)
    assert one == other


def test_a_run_trains_on_its_registrys_device_and_its_model_predicts_on_the_cpu(
    tmp_path: Path, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[torch.device] = []

    def watched(*given: Any, device: torch.device, **options: Any) -> Iterator[StepReport]:
        asked.append(device)
        return fit(*given, device=device, **options)

    monkeypatch.setattr(worker, "fit", watched)
    registry, here = RunRegistry(tmp_path, max_concurrent=1, device=torch.device("cpu")), torch.device("cpu")
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    registry.close()
    assert asked == [here]
    assert run.latest_model is not None and all(weight.device == here for weight in run.latest_model.parameters())
