"""What each unit of a shipped model is worth: what was measured is kept, and damaged files are refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from mnist_core.analysis.ablation import ablatable_layers, ablated, ablation_ranking
from mnist_core.analysis.ablation_table import TABLE, load_table, save_table
from mnist_core.data.split import Split
from mnist_core.models.evaluation import evaluate
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import WEIGHTS, load_trained, model_folder
from mnist_core.progress import result_of


@pytest.fixture
def folder(tmp_path: Path, tiny_splits: tuple[Split, Split]) -> Path:
    """A shipped model's folder with what its units are worth on the made digits."""
    folder = tmp_path / "cnn"
    shutil.copytree(model_folder("cnn"), folder)
    save_table(folder, tiny_splits[1].first(40))
    return folder


def test_what_is_kept_is_what_was_measured(folder: Path, tiny_splits: tuple[Split, Split]) -> None:
    test = tiny_splits[1].first(40)
    measured = result_of(ablation_ranking(load_trained(folder).model, test))
    table = load_table(folder)
    assert table and table.is_of(test) and not table.is_of(tiny_splits[1])
    assert table.ranking.images == 40 and table.ranking.accuracy == pytest.approx(measured.accuracy)
    kept = {(each.layer, each.unit): (each.accuracy, each.loss) for each in table.ranking.units}
    assert len(kept) == len(measured.units) == 240
    for each in measured.units:
        assert kept[each.layer, each.unit] == pytest.approx((each.accuracy, each.loss), abs=1e-6)
    order = [(each.accuracy, -each.loss) for each in table.ranking.units]
    assert order == sorted(order)


@pytest.mark.parametrize("model", MODELS)
def test_the_shipped_table_is_of_the_shipped_weights_on_mnist(model: str, mnist: tuple[Split, Split]) -> None:
    trained, table = load_trained(model_folder(model)), load_table(model_folder(model))
    assert table and table.is_of(mnist[1]) and trained.card and table.ranking.images == len(mnist[1])
    assert table.ranking.accuracy == pytest.approx(trained.card.test_accuracy, abs=1e-6)
    assert len(table.ranking.units) == sum(layer.count for layer in ablatable_layers(trained.model))
    first = table.ranking.units[0]
    without = evaluate(ablated(trained.model, [(first.layer, first.unit)]), mnist[1])
    assert (first.accuracy, first.loss) == pytest.approx((without.accuracy, without.loss), abs=1e-5)


def test_a_folder_without_the_file_has_no_table(folder: Path) -> None:
    (folder / TABLE).unlink()
    assert load_table(folder) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("layer 3", "0.5"),
        ("layer 3", "0.5 0.5, nan 1.0"),
        ("layer 3", "0.5 0.5,"),
        ("whole", "1e3 1.0"),
        ("whole", None),
        ("images", "-1"),
        ("images", 5),
    ],
)
def test_figures_that_are_none_are_refused(folder: Path, key: str, value: object) -> None:
    record = json.loads((folder / TABLE).read_text())
    (folder / TABLE).write_text(json.dumps(record | {key: value}))
    with pytest.raises(ValueError, match="must hold an accuracy and a loss for each unit"):
        load_table(folder)


def test_the_table_of_other_weights_is_refused(folder: Path) -> None:
    shutil.copy(model_folder("linear") / WEIGHTS, folder / WEIGHTS)
    with pytest.raises(ValueError, match="made for the weights beside it"):
        load_table(folder)


def test_the_ranking_of_one_layer_keeps_the_order(folder: Path) -> None:
    table = load_table(folder)
    assert table
    layer = table.ranking.of_layer(17)
    assert len(layer.units) == 64 and layer.accuracy == table.ranking.accuracy
    losses = torch.tensor([each.accuracy for each in layer.units])
    assert bool((losses.diff() >= 0).all())
