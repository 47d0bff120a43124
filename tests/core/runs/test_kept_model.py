import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs import files
from mnist_core.runs.card import run_card
from mnist_core.runs.kept_model import KeptModel, save_kept
from mnist_core.runs.limits import Limits, RunLimitError
from mnist_core.runs.naming import Naming
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import RunState, load_run
from mnist_core.runs.snapshots import load_snapshot
from mnist_core.training.report import StepReport

CONFIG = TrainConfig("cnn", width=4, depth=1, looks=3, seed=5)
ORIGIN = "Fine-tuned from CNN on 12 own drawings."
CONFUSION = tuple(tuple(10 if row == column else 0 for column in range(10)) for row in range(10))
REPORTS = (
    StepReport(1, 2, 0.1, 0.5, 2.0, 0.001, 64),
    StepReport(2, 2, 0.2, 1.04, 1.0, 0.0001, 128, 0.3, 0.9, CONFUSION),
)


def kept_model() -> KeptModel:
    """A model whose weights no configuration builds."""
    model = CONFIG.build_model().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.5)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return KeptModel(model, CONFIG, REPORTS, ORIGIN, "MNIST and 12 drawings", Naming("My hand"), 1.25, 0.01)


def test_a_kept_model_is_a_finished_run_that_answers_as_the_model_does(registry: RunRegistry) -> None:
    kept = kept_model()
    run = registry.keep(kept, "ada")
    digits = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert run.state is RunState.FINISHED and run.owner == "ada" and registry.owned_by("ada") == [run]
    assert run.latest_model is not None and not run.latest_model.training
    torch.testing.assert_close(run.latest_model(digits), kept.model(digits))
    assert (run.temperature, run.naming.name, run.origin) == (1.25, "My hand", ORIGIN)
    assert [report.loss for report in run.history.kept] == [2.0, 1.0]
    assert run.evaluations == [REPORTS[-1]]


def test_another_process_finds_the_same_run(registry: RunRegistry) -> None:
    run = registry.keep(kept_model(), "ada")
    loaded = load_run(run.folder)
    assert loaded is not None and loaded.latest_model is not None and run.latest_model is not None
    for one, other in zip(loaded.latest_model.parameters(), run.latest_model.parameters(), strict=True):
        assert torch.equal(one, other)
    assert (loaded.owner, loaded.state, loaded.naming, loaded.origin) == (run.owner, run.state, run.naming, ORIGIN)
    assert loaded.started_at == run.started_at > 0


def test_its_folder_has_the_files_of_a_run_and_no_more_bytes_than_reserved(tmp_path: Path) -> None:
    kept = kept_model()
    save_kept(tmp_path, kept)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "card.json", "config.json", "confusion.csv", "metrics.csv", "model.safetensors", "moments", "name.json",
        "origin.json",
    }  # fmt: skip
    weights = sum(path.stat().st_size for path in tmp_path.rglob("*.safetensors"))
    assert weights <= kept.largest_size + 2 * storage.MAX_HEADER_BYTES
    snapshot = load_snapshot(tmp_path, CONFIG, 2)
    assert torch.equal(next(snapshot.parameters()), next(kept.model.parameters()))
    card = json.loads((tmp_path / "card.json").read_text())
    assert (card["test_accuracy"], card["command"], card["notes"]) == (0.9, "", ORIGIN)


def test_the_card_says_where_it_comes_from_and_names_no_command(registry: RunRegistry) -> None:
    card = run_card(registry.keep(kept_model()))
    assert "Fine" in card and "12 own drawings" in card and "python -m" not in card
    assert "test accuracy: 90.00%" in card


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"origin": 7}', '{"origin": ""}', '{"origin": "' + "x" * 2_000 + '"}']
)
def test_a_damaged_origin_claims_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / files.ORIGIN).write_text(content)
    assert files.load_origin(tmp_path) == "Where this model comes from is not known."


def test_a_run_that_was_trained_has_no_origin(tmp_path: Path) -> None:
    assert files.load_origin(tmp_path) == ""
    files.save_origin(tmp_path, ORIGIN)
    assert files.load_origin(tmp_path) == ORIGIN
    files.clear_run(tmp_path)
    assert files.load_origin(tmp_path) == ""


def test_an_owner_without_space_keeps_nothing(registry: RunRegistry) -> None:
    registry.limits = replace(Limits(), owner_mb=0)
    with pytest.raises(RunLimitError, match="at most 0 MB"):
        registry.keep(kept_model(), "ada")
    assert registry.all_runs() == []


def test_a_folder_that_cannot_be_written_leaves_nothing(registry: RunRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "save_origin", fail)
    with pytest.raises(OSError, match="disk full"):
        registry.keep(kept_model())
    assert registry.all_runs() == [] and not [path for path in registry.root.iterdir() if path.is_dir()]
