import atexit
import csv
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mnist_core.data.split import MissingDataError, Split
from mnist_core.models import networks, storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import calibrate, evaluate, predict_logits
from mnist_core.models.networks import build_model
from mnist_core.runs import files, snapshots, worker
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import Run, RunState, load_runs
from mnist_core.runs.snapshots import snapshot_temperature
from mnist_core.runs.worker import command_line
from mnist_core.training.loop import fit
from mnist_core.training.report import StepReport

Splits = tuple[Split, Split]
QUICK = TrainConfig("linear", epochs=2, batch_size=40, learning_rate=0.003)  # 20 steps
LONG = replace(QUICK, epochs=1000)
KEPT = {storage.CONFIG, storage.METRICS, files.RECORD, files.CONFUSION}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunRegistry]:
    """A registry that lets two runs train at once, closed at the end."""
    registry = RunRegistry(tmp_path / "runs", max_concurrent=2)
    yield registry
    for run in registry.runs.values():
        run.stop()
    registry.close()
    atexit.unregister(registry.close)


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def ended(run: Run) -> Run:
    wait_for(lambda: not run.state.is_alive)
    return run


def metrics(run: Run) -> list[dict[str, float | None]]:
    with (run.folder / storage.METRICS).open(newline="") as file:
        return [{key: float(text) if text else None for key, text in row.items()} for row in csv.DictReader(file)]


def as_row(report: StepReport) -> dict[str, float | None]:
    return {name: value for name, value in asdict(report).items() if name != "confusion"}


def test_a_run_ends_with_what_the_same_fit_gives(registry: RunRegistry, tiny_splits: Splits) -> None:
    run = ended(registry.start(QUICK, lambda: tiny_splits, owner="me"))
    assert (run.state, run.message) == (RunState.FINISHED, "")
    oracle = build_model("linear", QUICK.seed)
    reports = list(fit(oracle, *tiny_splits, QUICK))
    assert [replace(report, seconds=0) for report in run.reports] == [replace(report, seconds=0) for report in reports]
    assert run.latest_model is not None and not run.latest_model.training
    for one, other in zip(run.latest_model.parameters(), oracle.parameters(), strict=True):
        assert torch.equal(one, other)
    assert [report.step for report in run.evaluations] == [10, 20]


def test_a_runs_folder_holds_its_configuration_metrics_weights_and_card(
    registry: RunRegistry, tiny_splits: Splits
) -> None:
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.folder == registry.root / run.name
    names = {path.name for path in run.folder.iterdir()}
    assert names == KEPT | {storage.WEIGHTS, storage.CARD, snapshots.FOLDER}
    assert json.loads((run.folder / storage.CONFIG).read_text()) == asdict(QUICK)
    assert metrics(run) == [as_row(report) for report in run.reports]
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


def test_stopping_acts_soon_and_keeps_what_was_learnt(registry: RunRegistry, tiny_splits: Splits) -> None:
    run = registry.start(LONG, lambda: tiny_splits)
    wait_for(lambda: len(run.reports) > 15)
    run.stop()
    wait_for(lambda: not run.state.is_alive, seconds=10)
    assert run.state is RunState.STOPPED
    assert 15 < len(run.reports) < run.reports[-1].steps
    assert metrics(run) == [as_row(report) for report in run.reports]
    assert run.latest_model is not None
    kept = storage.load_trained(run.folder).model
    assert all(torch.equal(a, b) for a, b in zip(kept.parameters(), run.latest_model.parameters(), strict=True))


def test_a_paused_run_waits_and_then_goes_on_as_if_it_had_not(registry: RunRegistry, tiny_splits: Splits) -> None:
    loaded = threading.Event()
    run = registry.start(QUICK, lambda: (loaded.wait(60), tiny_splits)[1])
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    assert len(run.reports) == 1 and run.latest_model is None  # nothing is evaluated yet
    time.sleep(0.3)
    assert len(run.reports) == 1 and run.state is RunState.PAUSED
    run.unpause()
    ended(run)
    assert run.state is RunState.FINISHED and len(run.reports) == 20
    straight = list(fit(build_model("linear", QUICK.seed), *tiny_splits, QUICK))
    assert [report.loss for report in run.reports] == [report.loss for report in straight]


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
    assert {path.name for path in run.folder.iterdir()} == KEPT | {storage.WEIGHTS}
    assert storage.load_trained(run.folder).card is None


def test_the_metrics_are_written_every_few_steps(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr("mnist_core.runs.worker.METRICS_EVERY", 4)
    monkeypatch.setattr("mnist_core.runs.files.append_metrics", lambda path, reports: written.append(len(reports)))
    ended(registry.start(QUICK, lambda: tiny_splits))
    assert written == [0, 4, 4, 2, 4, 4, 2, 0]  # evaluated at steps 10 and 20; none at first, none left for the end


def test_a_paused_run_can_be_stopped(registry: RunRegistry, tiny_splits: Splits) -> None:
    loaded = threading.Event()
    run = registry.start(LONG, lambda: (loaded.wait(60), tiny_splits)[1])
    run.pause()
    loaded.set()
    wait_for(lambda: run.state is RunState.PAUSED)
    run.stop()
    wait_for(lambda: run.state is RunState.STOPPED, seconds=10)
    assert len(run.reports) == 1


def test_a_snapshot_appears_with_each_evaluation(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, nn.Module]] = []
    save = storage.save_weights

    def watched(path: Path, model: nn.Module, temperature: float | None = None) -> None:
        if path.name == storage.WEIGHTS:
            seen.append((len(run.reports), model))
        save(path, model, temperature)

    monkeypatch.setattr(storage, "save_weights", watched)
    loaded = threading.Event()
    run = registry.start(QUICK, lambda: (loaded.wait(60), tiny_splits)[1])
    loaded.set()
    ended(run)
    assert [step for step, _ in seen] == [10, 20, 20]
    for (step, model), report in zip(seen, run.evaluations, strict=False):
        assert report.step == step
        evaluation = evaluate(model, tiny_splits[1])
        assert (evaluation.accuracy, evaluation.loss) == (report.test_accuracy, report.test_loss)
    assert seen[0][1] is not seen[1][1]


def test_runs_beyond_the_limit_wait_their_turn_in_order(tmp_path: Path, tiny_splits: Splits) -> None:
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
    assert [registry.place_in_queue(run) for run in (first, second, third)] == [0, 1, 2]
    go.set()
    for run in (first, second, third):
        assert ended(run).state is RunState.FINISHED
    assert began == [("first", 1), ("second", 1), ("third", 1)]
    registry.close()


def test_two_runs_train_at_once_when_they_may(registry: RunRegistry, tiny_splits: Splits) -> None:
    both = threading.Barrier(2)
    pair = [registry.start(QUICK, lambda: (both.wait(60), tiny_splits)[1]) for _ in range(2)]
    assert [ended(run).state for run in pair] == [RunState.FINISHED] * 2  # one alone would break the barrier


def test_a_waiting_run_can_be_stopped(tmp_path: Path, tiny_splits: Splits) -> None:
    registry = RunRegistry(tmp_path, max_concurrent=1)
    try:
        registry.start(LONG, lambda: tiny_splits)
        waiting = registry.start(QUICK, lambda: tiny_splits)
        waiting.stop()
        wait_for(lambda: waiting.state is RunState.STOPPED, seconds=2)
        assert not waiting.reports and waiting.latest_model is None
        assert {path.name for path in waiting.folder.iterdir()} == {storage.CONFIG, files.RECORD}
    finally:
        registry.close()


def hopeless(width: int, depth: int) -> list[nn.Module]:
    flatten, last = networks.linear(width, depth)
    nn.init.constant_(last.weight, float("inf"))
    return [flatten, last]


def test_a_loss_that_is_no_number_fails_one_run_and_not_the_other(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(networks.MODELS, "hopeless", hopeless)
    sound = registry.start(LONG, lambda: tiny_splits)
    failed = ended(registry.start(replace(QUICK, model="hopeless"), lambda: tiny_splits))
    assert failed.state is RunState.FAILED
    assert failed.message == "The loss became infinite at step 1: try a smaller learning rate."
    steps = len(sound.reports)
    wait_for(lambda: len(sound.reports) > steps + 20)
    assert sound.state is RunState.TRAINING


def test_a_failed_run_keeps_the_reports_it_made(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*args: object, **options: object) -> Iterator[StepReport]:
        for step in range(1, 6):
            yield StepReport(step, 10, step / 10, 0.1, 1.0 if step < 5 else float("nan"), 0.1, 40 * step)

    monkeypatch.setattr(worker, "fit", breaking)
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.state is RunState.FAILED and len(run.reports) == 4
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


def test_a_full_disk_fails_the_run_in_one_sentence(
    registry: RunRegistry, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, reports: list[StepReport]) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mnist_core.runs.files.append_metrics", full)
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    assert run.state is RunState.FAILED
    assert (
        run.message == f"{run.folder} could not be written (No space left on device): free some space and start again."
    )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_without_a_text_fails_the_run_too(registry: RunRegistry) -> None:
    run = registry.start(QUICK, failing(RuntimeError()))
    wait_for(lambda: not run.state.is_alive, seconds=2)
    assert run.state is RunState.FAILED and run.message


def test_digits_that_could_not_be_downloaded_are_not_blamed_on_the_runs_folder(registry: RunRegistry) -> None:
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
    one, other = ([report.loss for report in ended(run).reports] for run in pair)
    assert one == other


def test_a_run_trains_where_its_registry_says_and_its_model_reads_on_the_cpu(
    tmp_path: Path, tiny_splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def watched(*given: Any, device: object, **options: Any) -> Iterator[StepReport]:
        asked.append(device)
        return fit(*given, device=device, **options)

    monkeypatch.setattr(worker, "fit", watched)
    registry, here = RunRegistry(tmp_path, max_concurrent=1, device=torch.device("cpu")), torch.device("cpu")
    run = ended(registry.start(QUICK, lambda: tiny_splits))
    registry.close()
    assert asked == [here]
    assert run.latest_model is not None and all(weight.device == here for weight in run.latest_model.parameters())


def test_closing_puts_every_run_down_and_leaves_no_thread(tmp_path: Path, tiny_splits: Splits) -> None:
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


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path, tiny_splits: Splits) -> None:
    (tmp_path / "file").write_text("no folder")
    registry = RunRegistry(tmp_path / "file")
    with pytest.raises(OSError):
        registry.start(QUICK, lambda: tiny_splits)
    assert not registry.runs


def test_the_command_that_repeats_a_run_names_what_was_chosen() -> None:
    line = command_line(TrainConfig("mlp", epochs=7, batch_size=64, learning_rate=0.0015, seed=3))
    assert line.startswith("python -m mnist_core train --model mlp ")
    for option in ("--epochs 7", "--batch-size 64", "--learning-rate 0.0015", "--seed 3"):
        assert option in line


def test_the_command_that_repeats_a_run_names_everything_that_was_chosen() -> None:
    config = TrainConfig("linear", label_smoothing=0.1, weight_decay=0.2, augment=0.5, average=True)
    line = command_line(config)
    for option in ("--label-smoothing 0.1", "--weight-decay 0.2", "--augment 0.5", "--average"):
        assert option in line


def test_a_run_computes_with_its_number_of_threads_and_the_pages_after_it_with_one(
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
