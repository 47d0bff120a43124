import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from torch import nn

from mnist_core.models import storage
from mnist_core.models.evaluation import calibrate, evaluate, predict_logits
from mnist_core.runs import files, recorder, tables
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState, load_runs
from mnist_core.runs.snapshots import snapshot_temperature
from tests.core.runs.running import EVALUATED_OFTEN, QUICK, Splits, as_row, ended, metrics
from tests.made import FINISHED_RUN
from tests.waiting import wait_for

STARTED = {storage.CONFIG, storage.METRICS, files.RECORD, tables.CONFUSION, files.LOCK}


def test_a_runs_folder_holds_its_configuration_metrics_weights_and_card(
    registry: RunRegistry, tiny_splits: Splits
) -> None:
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.folder == registry.root / run.name
    names = {path.name for path in run.folder.iterdir()}
    assert names == FINISHED_RUN
    assert json.loads((run.folder / storage.CONFIG).read_text()) == asdict(QUICK)
    assert metrics(run) == [as_row(report) for report in run.history.kept]
    back = storage.load_trained(run.folder)
    assert back.config == QUICK and back.card is not None
    assert back.card.test_accuracy == run.evaluations[-1].test_accuracy == evaluate(back.model, tiny_splits[1]).accuracy
    assert back.card.data == "made train set, 400 images" and back.card.parameters == 7850
    logits = predict_logits(back.model, tiny_splits[1].images)
    temperature, _, error = calibrate(logits, tiny_splits[1].labels)
    assert back.temperature == run.temperature == pytest.approx(temperature, rel=1e-4)
    assert back.card.calibration_error == pytest.approx(error, abs=1e-4)
    assert snapshot_temperature(run.folder, run.evaluations[-1].step) == run.temperature
    (again,) = load_runs(registry.root)
    assert again.latest_model is not None and again.temperature == back.temperature


def test_a_run_stopped_before_its_first_evaluation_has_weights_but_no_card(
    registry: RunRegistry, tiny_splits: Splits
) -> None:
    loaded = threading.Event()
    run = registry.start(QUICK, lambda: (loaded.wait(60), tiny_splits)[1])
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    run.stop()
    assert ended(run).state is RunState.STOPPED and not run.evaluations
    assert {path.name for path in run.folder.iterdir()} == STARTED | {storage.WEIGHTS}
    assert storage.load_trained(run.folder).card is None


def test_the_metrics_are_written_every_few_steps(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr("mnist_core.runs.recorder.METRICS_EVERY", 4)
    monkeypatch.setattr("mnist_core.runs.tables.append_metrics", lambda path, reports: written.append(len(reports)))
    ended(registry.start(QUICK, lambda: tiny_splits))
    assert written == [4, 4, 2, 4, 4, 2, 0]  # evaluated at steps 10 and 20; none left for the end


def test_the_latest_model_is_replaced_at_each_evaluation(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, nn.Module]] = []
    save = storage.save_weights

    def watched(path: Path, model: nn.Module, temperature: float | None = None) -> None:
        if path.name == storage.WEIGHTS:
            seen.append((len(run.history), model))
        save(path, model, temperature)

    monkeypatch.setattr(storage, "save_weights", watched)
    loaded = threading.Event()
    run = registry.start(QUICK, lambda: (loaded.wait(60), tiny_splits)[1])
    loaded.set()
    ended(run)
    assert [step for step, _ in seen] == [10, 20, 20]
    for (step, model), report in zip(seen, run.evaluations, strict=False):
        assert report.step == step
        result = evaluate(model, tiny_splits[1])
        assert (result.accuracy, result.loss) == (report.test_accuracy, report.test_loss)
    assert seen[0][1] is not seen[1][1]


def test_checkpoints_are_written_every_few_seconds_and_at_each_evaluation(
    make_registry: Callable[[], RunRegistry], tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    at: list[int] = []
    monkeypatch.setattr(files, "save_checkpoint", lambda folder, state: at.append(state.step))
    ended(make_registry().start(EVALUATED_OFTEN, lambda: tiny_splits))
    assert at == [5, 10, 15, 20, 25]  # none for the end
    at.clear()
    monkeypatch.setattr(recorder, "CHECKPOINT_EVERY", 0.0)
    ended(make_registry().start(EVALUATED_OFTEN, lambda: tiny_splits))
    assert at == list(range(1, 30))
