"""A run of the command line is recorded like one of the app: it can be interrupted, resumed and seen there."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_core.models import storage
from mnist_core.models.evaluation import Evaluation, evaluate
from mnist_core.runs import files
from mnist_core.runs.recorder import RunRecorder
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState, load_run
from mnist_core.training import metrics
from mnist_core.training.metrics import read_metrics
from mnist_core.training.report import StepReport
from tests.core.conftest import CommandLine
from tests.made import FINISHED_RUN, Miniature

TRAIN = [
    "train",
    "--model",
    "mlp",
    "--epochs",
    "3",
    "--batch-size",
    "40",
    "--augment",
    "0.5",
    "--average",
    "--device",
    "cpu",
]
STEPS = 30


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Have something happen once, right after a step has been recorded."""

    def arrange(step: int, happen: Callable[[], object]) -> None:
        record = RunRecorder.record

        def record_and_happen(self: RunRecorder, report: StepReport) -> None:
            record(self, report)
            if report.step == step:
                monkeypatch.setattr(RunRecorder, "record", record)
                happen()

        monkeypatch.setattr(RunRecorder, "record", record_and_happen)

    return arrange


def interrupt(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [1, 17, STEPS - 1])
def test_an_interrupted_run_resumes_to_the_weights_of_an_uninterrupted_one(
    run: CommandLine,
    miniature: Miniature,
    tmp_path: Path,
    at_step: Callable[[int, Callable[[], object]], None],
    step: int,
    number: signal.Signals,
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run(*TRAIN, "--out", whole).status == 0
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    at_step(step, interrupt(number))
    ended = run(*TRAIN, "--out", parts)
    assert ended.status == 130
    assert ended.err.strip().endswith(f"Continue with: python -m mnist_core train --resume {parts}")
    stopped = load_run(parts)
    assert stopped is not None and stopped.state is RunState.INTERRUPTED and len(stopped.history) == step
    assert not (parts / storage.CARD).exists()
    resumed = run("train", "--resume", parts, "--device", "cpu")
    assert resumed.status == 0, resumed.err
    assert {path.name for path in parts.iterdir()} == FINISHED_RUN
    assert (parts / storage.WEIGHTS).read_bytes() == (whole / storage.WEIGHTS).read_bytes()
    assert [report.step for report in read_metrics(parts / storage.METRICS)] == list(range(1, STEPS + 1))
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_run_interrupted_in_its_last_evaluation_keeps_its_checkpoint(
    run: CommandLine, miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, whole = tmp_path / "run", tmp_path / "whole"
    words = [*TRAIN, "--evaluations", "1"]
    assert run(*words, "--out", whole).status == 0
    predictions = 0

    def evaluate_last(*args: Any, **options: Any) -> Evaluation:
        nonlocal predictions
        predictions += 1
        if predictions == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return evaluate(*args, **options)

    monkeypatch.setattr("mnist_core.training.loop.evaluate", evaluate_last)
    assert run(*words, "--out", folder).status == 130
    assert (folder / files.CHECKPOINT).exists()
    assert run("train", "--resume", folder, "--device", "cpu").status == 0
    assert (folder / storage.WEIGHTS).read_bytes() == (whole / storage.WEIGHTS).read_bytes()


def test_the_app_shows_a_run_of_the_command_line_as_what_it_is(
    run: CommandLine, miniature: Miniature, tmp_path: Path, at_step: Callable[[int, Callable[[], object]], None]
) -> None:
    registry = RunRegistry(tmp_path / "runs")  # the app was there before the run
    seen: list[tuple[RunState, int]] = []

    def look() -> None:
        found = registry.find("mine")
        assert found is not None
        seen.append((found.state, len(found.history)))

    assert registry.find("mine") is None
    at_step(25, look)
    assert run(*TRAIN, "--out", tmp_path / "runs" / "mine").status == 0
    look()
    (state, steps), after = seen
    assert state is RunState.ELSEWHERE and 20 <= steps <= 25  # written in batches, and at each evaluation
    assert after == (RunState.FINISHED, STEPS)
    assert registry.owned_by("somebody") == []
    for name in ("../runs/mine", "mine/moments", ".", "..", ""):
        assert registry.find(name) is None


def test_the_tables_of_a_run_elsewhere_are_read_only_where_they_have_grown(
    run: CommandLine,
    miniature: Miniature,
    tmp_path: Path,
    at_step: Callable[[int, Callable[[], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = RunRegistry(tmp_path / "runs")
    looks: list[list[int]] = []
    read = metrics.read_rows

    def counted(path: Path, start: int = 0) -> Iterator[tuple[list[str], int]]:
        for row, end in read(path, start):
            if path.name == storage.METRICS:
                looks[-1].append(end)
            yield row, end

    def look() -> None:
        monkeypatch.setattr(metrics, "read_rows", counted)
        shown = registry.find("mine")
        assert shown is not None and shown.state is RunState.ELSEWHERE
        for _ in range(2):
            looks.append([])
            assert len(shown.history) == len(shown.evaluations) * 10

    at_step(20, look)
    assert run(*TRAIN, "--evaluations", "1", "--out", tmp_path / "runs" / "mine").status == 0
    # Every look at the history reads on: its length and its evaluations are two.
    assert len(looks[0]) == len(set(looks[0])) > 10 and looks[1] == []


def test_only_one_process_trains_a_run(
    run: CommandLine, miniature: Miniature, tmp_path: Path, at_step: Callable[[int, Callable[[], object]], None]
) -> None:
    folder = tmp_path / "run"
    at_step(5, interrupt(signal.SIGINT))
    assert run(*TRAIN, "--out", folder).status == 130
    before = (folder / files.CHECKPOINT).read_bytes()
    with files.lock_run(folder):
        resumed, started = run("train", "--resume", folder), run(*TRAIN, "--out", folder)
    assert resumed.status == started.status == 2
    assert "training elsewhere" in resumed.err and "another process" in started.err
    assert (folder / files.CHECKPOINT).read_bytes() == before
    assert json.loads((folder / files.RECORD).read_text())["state"] == "interrupted"


def test_a_new_run_in_an_old_folder_leaves_nothing_of_the_old_one(
    run: CommandLine, miniature: Miniature, tmp_path: Path, at_step: Callable[[int, Callable[[], object]], None]
) -> None:
    folder = tmp_path / "run"
    assert run(*TRAIN, "--out", folder).status == 0
    (folder / "notes.txt").write_text("mine")
    at_step(12, interrupt(signal.SIGINT))
    assert (
        run(
            "train", "--model", "linear", "--epochs", "2", "--batch-size", "40", "--device", "cpu", "--out", folder
        ).status
        == 130
    )
    names = {path.name for path in folder.iterdir()}
    assert names == (FINISHED_RUN - {"card.json"}) | {files.CHECKPOINT, "notes.txt"}
    assert [path.stem for path in (folder / files.SNAPSHOTS).iterdir()] == ["10"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train"], "--out"),
        (["train", "--out", "FOLDER", "--resume", "FOLDER"], "--out"),
        (["train", "--resume", "FOLDER", "--epochs", "3"], "leave out --epochs"),
        (["train", "--resume", "FOLDER", "--model", "cnn", "--no-average"], "leave out --average, --model"),
        (["train", "--resume", "FOLDER"], "only an interrupted run can be resumed, but the one in"),
        (["train", "--resume", "ELSEWHERE"], "must be the folder of a run"),
    ],
)
def test_what_cannot_be_resumed_is_refused_in_one_sentence(
    run: CommandLine, miniature: Miniature, tmp_path: Path, words: list[str], sentence: str
) -> None:
    assert run(*TRAIN, "--out", tmp_path / "done").status == 0
    places = {"FOLDER": str(tmp_path / "done"), "ELSEWHERE": str(tmp_path / "nothing")}
    refused = run(*[places.get(word, word) for word in words])
    assert refused.status == 2 and sentence in refused.err and refused.err.count("\n") == 1


def test_a_loss_that_becomes_infinite_ends_the_run_in_one_sentence(
    run: CommandLine, miniature: Miniature, tmp_path: Path
) -> None:
    words = [
        "train",
        "--model",
        "mlp",
        "--optimiser",
        "sgd",
        "--learning-rate",
        "10",
        "--batch-size",
        "8",
        "--epochs",
        "40",
    ]
    ended = run(*words, "--device", "cpu", "--out", tmp_path / "run")
    assert ended.status == 2 and ended.err.splitlines()[-1].startswith("Error: The loss became infinite at step ")
    failed = load_run(tmp_path / "run")
    assert failed is not None and failed.state is RunState.FAILED and "smaller learning rate" in failed.message
