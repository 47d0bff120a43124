"""Predictions over whole splits: the same as one by one, computed without a page, shared, and few are kept."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.state import predictions, resources, shipped_tables, waiting
from app_pages.state.waiting import FAILED
from mnist_core.analysis import neighbour_table
from mnist_core.analysis.embedding import nearest_neighbours
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import build_model
from mnist_core.models.storage import model_folder
from mnist_core.runs.history import History
from mnist_core.training.report import StepReport
from tests.made import Miniature
from tests.pages.opening import components, is_waiting, open_page, run
from tests.waiting import wait_for


def complete(model: str, split: Split) -> predictions.PredictedSplit:
    """Return a model's predictions of a split when another thread has computed them."""
    predicted = predictions.predicted_split(model, split)
    assert predicted is not None
    wait_for(lambda: predicted.is_done)
    return predicted


@pytest.mark.parametrize("name", ["train", "test"])
def test_predictions_are_those_of_the_predictor_for_each_split(miniature: Miniature, name: str) -> None:
    split: Split = getattr(miniature, name)
    complete("linear", split)
    computed = predictions.predictions("linear", name)
    assert computed is not None and computed.shape == (len(split), 10)
    expected = resources.predictor_for("linear").probabilities(normalise(split.images))
    torch.testing.assert_close(computed, expected, atol=1e-5, rtol=1e-4)
    assert predictions.predictions("linear", name) is computed  # computed once per model


def test_answers_are_the_same_before_and_after_the_whole_split_is_computed(miniature: Miniature) -> None:
    numbers = torch.tensor([5, 3, 99])
    before = predictions.answers("test", numbers)
    assert not predictions.predicted_splits().entries  # a few answers begin no computation of all
    predictions.look_ahead()
    complete("cnn", miniature.test)
    torch.testing.assert_close(predictions.answers("test", numbers), before, atol=1e-5, rtol=1e-4)


def test_only_the_features_used_last_are_kept(miniature: Miniature) -> None:
    first = complete("linear", miniature.test)
    assert predictions.predicted_split("linear", miniature.test) is first
    for model in ("mlp", "cnn"):
        for split in (miniature.test, miniature.train):
            complete(model, split)
    assert len(predictions.predicted_splits().entries) == predictions.MAX_CACHED
    assert predictions.predicted_split("linear", miniature.test) is not first


class Gate:
    """Holds the background thread before each step until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open = False
        step = predictions.PredictedSplit.step

        def held(predicted: predictions.PredictedSplit) -> None:
            wait_for(lambda: self.is_open)
            step(predicted)

        monkeypatch.setattr(predictions.PredictedSplit, "step", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    gate = Gate(monkeypatch)
    yield gate
    gate.is_open = True


@pytest.mark.parametrize(
    "query", [{"browse_view": "Confusion"}, {"browse_view": "Map"}, {"browse_answer": "Wrong"}], ids=str
)
def test_a_page_shows_progress_and_ends_its_run_while_the_model_runs(
    miniature: Miniature, gate: Gate, query: dict[str, str]
) -> None:
    page = AppTest.from_file(str(Path(__file__).parents[3] / "app.py"), default_timeout=120)
    page.switch_page("app_pages/browse.py")
    page.query_params.update(query | {"model": "linear"})
    page.run()
    assert not page.exception and is_waiting(page)
    gate.is_open = True
    run(page)
    assert not is_waiting(page)


def test_a_failed_computation_is_told_in_one_sentence_and_begins_anew(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(predictions.PredictedSplit, "step", lambda _: (_ for _ in ()).throw(MemoryError("no room")))
        page = open_page("browse", browse_view="Confusion", model="linear")
    assert [error.value for error in page.error] == [FAILED]
    assert "no room" in caplog.text
    run(page)
    assert not page.error and components(page, "confusion_matrix")


class Training:
    """A run as far as predictions look at it."""

    def __init__(self) -> None:
        self.history = History()
        self.evaluate()
        self.state = self
        self.is_alive = True
        self.temperature = 1.0
        self.latest_model = build_model("linear").eval()

    def evaluate(self) -> None:
        """Report one more evaluation."""
        step = len(self.history) + 1
        self.history.append(StepReport(step, 9, 1.0, 1.0, 1.0, 0.01, 32, test_loss=0.5, test_accuracy=0.9))


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, miniature: Miniature) -> Training:
    run = Training()
    monkeypatch.setitem(resources.registry().runs, "run", run)
    return run


def test_a_run_that_is_evaluated_again_and_again_does_not_begin_the_computation_anew_each_time(
    training: Training, miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = complete("run", miniature.test)
    training.evaluate()
    assert predictions.predicted_split("run", miniature.test) is first
    monkeypatch.setattr(predictions, "FRESH", 0.0)
    assert predictions.predicted_split("run", miniature.test) is not first


def test_a_run_that_has_ended_is_shown_with_its_last_model(training: Training, miniature: Miniature) -> None:
    first = complete("run", miniature.test)
    training.evaluate()
    training.is_alive = False
    assert predictions.predicted_split("run", miniature.test) is not first


@pytest.fixture
def own_tables(miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped model's folder with a table of the miniature's neighbours."""
    folder = tmp_path / "mlp"
    shutil.copytree(model_folder("mlp"), folder)
    model = resources.shipped_model("mlp").model
    indices = neighbour_table.make_table(model, miniature.train, miniature.test)
    neighbour_table.save_table(folder, indices, miniature.train, miniature.test)
    monkeypatch.setattr(shipped_tables, "model_folder", lambda name: folder)
    monkeypatch.setattr("app_pages.state.own_runs.active_model", lambda: "mlp")
    return folder


@pytest.mark.parametrize("name", ["train", "test"])
def test_neighbours_from_the_table_are_those_of_the_exact_search(
    own_tables: Path, miniature: Miniature, name: str
) -> None:
    split: Split = getattr(miniature, name)
    found = predictions.similar_training_images(split, 7)
    assert found is not None and not predictions.predicted_splits().entries  # nothing was computed for it
    neighbours, width = found
    known = complete("mlp", miniature.train)
    query = complete("mlp", split).split_features.unit_features[7]
    exact = nearest_neighbours(known.split_features.unit_features, query, exclude=7 if split.name == "train" else None)
    assert width == 128
    assert neighbours.similarity == pytest.approx(exact.similarity, abs=2e-3)
    assert len(set(neighbours.indices) & set(exact.indices)) >= 9  # half precision may swap the tenth


def spoil(folder: Path) -> None:
    (folder / neighbour_table.TABLE).write_bytes(b"damaged")


def spoil_images(folder: Path) -> None:
    for path in (folder.parent / "root" / "MNIST" / "raw").glob("t10k-images*"):
        path.unlink()  # now there are stand-in digits instead


@pytest.mark.parametrize("damage", [spoil, spoil_images])
def test_without_a_table_of_the_data_at_hand_neighbours_are_computed(
    own_tables: Path,
    miniature: Miniature,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    monkeypatch.setattr(waiting, "GRACE", 60.0)
    damage(own_tables)
    with caplog.at_level(logging.WARNING):
        found = predictions.similar_training_images(resources.available_split("test"), 7)
    assert found is not None and len(found[0].indices) == 10
    assert predictions.predicted_splits().entries
    assert ("Neighbours are computed instead" in caplog.text) == (damage is spoil)
