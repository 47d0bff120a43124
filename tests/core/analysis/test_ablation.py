"""Ablation: against forward hooks that set activations to 0, brute force, and the command line's evaluation."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.analysis.ablation import (
    ConfusionChange,
    ablatable_layers,
    ablated,
    ablated_evaluation,
    ablation_ranking,
    confusion_changes,
    layer_of,
    region_pixels,
)
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS, PAPER, build_model
from mnist_core.models.storage import CARD, WEIGHTS, load_trained, model_folder, save_weights
from mnist_core.progress import result_of
from tests.core.conftest import CommandLine
from tests.made import Miniature

SMALL: dict[str, Callable[[], nn.Sequential]] = {
    "linear": lambda: build_model("linear"),
    "mlp": lambda: build_model("mlp", width=1),
    "cnn": lambda: build_model("cnn", width=4, depth=2),
    "cnn, deep, three views": lambda: build_model("cnn", width=4, depth=3, views=3),
    "linear, three views": lambda: build_model("linear", views=3),
}


@pytest.fixture(params=SMALL)
def model(request: pytest.FixtureRequest) -> nn.Sequential:
    """A small model in evaluation mode, with running statistics and shifts as after some training."""
    made = SMALL[request.param]()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for layer in made:
            if isinstance(layer, nn.BatchNorm2d):
                for values in (layer.running_mean, layer.running_var, layer.weight, layer.bias):
                    assert values is not None
                    values += torch.rand(values.shape, generator=generator)
    return made.eval()


def logits_with_zeros(model: nn.Sequential, units: Collection[tuple[int, int]], tensors: torch.Tensor) -> torch.Tensor:
    """Return the logits while forward hooks replace the activations of some units."""

    def silence(unit: int) -> Callable[[nn.Module, object, torch.Tensor], torch.Tensor]:
        def hook(layer: nn.Module, inputs: object, outputs: torch.Tensor) -> torch.Tensor:
            changed = outputs.clone()
            if isinstance(layer, nn.ReLU):
                changed[:, unit] = 0
            else:  # a region of softmax regression becomes paper
                row, column = divmod(unit, 7)
                changed.view(-1, 28, 28)[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] = PAPER
            return changed

        return hook

    handles = [model[layer].register_forward_hook(silence(unit)) for layer, unit in units]
    try:
        with torch.no_grad():
            return torch.as_tensor(model(tensors))
    finally:
        for handle in handles:
            handle.remove()


def some_units(model: nn.Sequential) -> list[tuple[int, int]]:
    """Return two units of each layer."""
    return [(layer.number, unit) for layer in ablatable_layers(model) for unit in (1, layer.count - 2)]


def test_without_some_units_the_logits_are_those_with_their_activations_set_to_0(model: nn.Sequential) -> None:
    tensors = torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    before = {name: values.clone() for name, values in model.state_dict().items()}
    everything = some_units(model)
    for units in [[unit] for unit in everything] + [everything]:
        with torch.no_grad():
            torch.testing.assert_close(ablated(model, units)(tensors), logits_with_zeros(model, units, tensors))
    assert (logits_with_zeros(model, everything, tensors) - logits_with_zeros(model, [], tensors)).abs().max() > 1e-3
    for name, values in model.state_dict().items():
        torch.testing.assert_close(values, before[name], rtol=0, atol=0)


def test_without_any_unit_the_model_is_the_same(model: nn.Sequential) -> None:
    tensors = torch.randn(2, 1, 28, 28)
    torch.testing.assert_close(ablated(model, [])(tensors), model(tensors), rtol=0, atol=0)


def test_the_activation_after_the_relu_is_exactly_0() -> None:
    model = load_trained(model_folder("cnn")).model
    tensors = torch.randn(3, 1, 28, 28)
    for layer in ablatable_layers(model):
        outputs = nn.Sequential(*list(ablated(model, [(layer.number, 5)]))[: layer.number + 1])(tensors)
        assert not outputs[:, 5].any() and outputs[:, 4].any()


def test_every_kind_of_model_has_units_to_switch_off() -> None:
    found = {name: [(each.kind, each.count) for each in ablatable_layers(build_model(name))] for name in MODELS}
    assert found == {
        "linear": [("region", 49)],
        "mlp": [("hidden unit", 128)],
        "cnn": [("channel", 16), ("channel", 32), ("channel", 64), ("channel", 64)],
    }


def test_a_layer_is_found_by_the_number_of_any_layer_of_its_block() -> None:
    model = build_model("cnn", views=3)  # views, conv 1, norm 2, relu 3, conv 4, pool 5, norm 6, relu 7, ...
    assert [layer_of(model, number).number for number in (None, 0, 1, 2, 3, 4, 5, 6, 7, 8, 99)] == [
        *[3] * 5,
        *[7] * 4,
        10,
        3,
    ]


def test_the_49_regions_cover_every_pixel_once() -> None:
    assert torch.cat([region_pixels(region) for region in range(49)]).sort().values.tolist() == list(range(784))
    assert region_pixels(8)[[0, -1]].tolist() == [4 * 28 + 4, 7 * 28 + 7]


@pytest.mark.parametrize("unit", [(0, 0), (1, 0), (3, 16), (3, -1), (99, 0)])
def test_a_unit_that_does_not_exist_is_refused(unit: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a unit to switch off must be one of 16 in layer 3, 32 in layer 7"):
        ablated(build_model("cnn", views=3).eval(), [unit])


@pytest.mark.parametrize("name", MODELS)
def test_the_saved_weights_have_the_same_accuracy_on_the_command_line(
    name: str, miniature: Miniature, tmp_path: Path, run: CommandLine
) -> None:
    model = load_trained(model_folder(name)).model
    units = some_units(model)
    evaluation = result_of(ablated_evaluation(model, miniature.test, units))
    folder = tmp_path / "without"
    shutil.copytree(model_folder(name), folder, ignore=shutil.ignore_patterns(CARD, "*.json.gz"))
    save_weights(folder / WEIGHTS, ablated(model, units))
    ended = run("evaluate", folder)
    assert ended.status == 0
    assert f"accuracy {evaluation.accuracy:.2%}, mean cross-entropy {evaluation.loss:.4f} nats" in ended.out
    for label, counts in enumerate(evaluation.confusion):
        assert f"{label:>5}" in ended.out and " ".join(f"{count:>5}" for count in counts) in ended.out


def test_the_evaluation_reports_its_progress_and_counts_every_image(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model("cnn", width=32, depth=6).eval()
    fractions = list(ablated_evaluation(model, tiny_splits[1], [(2, 0)]))
    assert len(fractions) > 2 and fractions == sorted(fractions) and fractions[-1] == 1
    evaluation = result_of(ablated_evaluation(model, tiny_splits[1], [(2, 0)]))
    assert sum(map(sum, evaluation.confusion)) == 100


def test_the_ranking_is_that_of_brute_force(model: nn.Sequential, tiny_splits: tuple[Split, Split]) -> None:
    split = tiny_splits[1].first(60)
    ranking = result_of(ablation_ranking(model, split))
    everything = [(layer.number, unit) for layer in ablatable_layers(model) for unit in range(layer.count)]
    tensors = normalise(split.images)
    expected = {unit: scores(logits_with_zeros(model, [unit], tensors), split.labels) for unit in everything}
    assert len(ranking.units) == len(everything) and ranking.images == 60
    for each in ranking.units:
        assert (each.accuracy, each.loss) == pytest.approx(expected[each.layer, each.unit], rel=1e-5)
    order = [(each.accuracy, -each.loss) for each in ranking.units]
    assert order == sorted(order)
    assert (ranking.accuracy, ranking.loss) == pytest.approx(
        scores(logits_with_zeros(model, [], tensors), split.labels), rel=1e-5
    )


def scores(logits: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """Return accuracy and mean cross-entropy."""
    correct = (logits.argmax(dim=1) == labels).float()
    return float(correct.mean()), float(functional.cross_entropy(logits, labels))


def test_the_ranking_of_one_layer_has_its_units_alone(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model("cnn", width=4).eval()
    ranking = result_of(ablation_ranking(model, tiny_splits[1].first(20), [6]))
    assert sorted((each.layer, each.unit) for each in ranking.units) == [(6, unit) for unit in range(8)]
    whole = {
        (each.layer, each.unit): each for each in result_of(ablation_ranking(model, tiny_splits[1].first(20))).units
    }
    assert all(each == replace(whole[each.layer, each.unit]) for each in ranking.units)


def test_a_ranking_that_would_cost_too_much_uses_fewer_images(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model("mlp", width=1).eval()
    ranking = result_of(ablation_ranking(model, tiny_splits[1], limit=300_000))
    assert 5 <= ranking.images <= 40


def test_the_ranking_makes_progress_to_1(tiny_splits: tuple[Split, Split]) -> None:
    fractions = list(ablation_ranking(build_model("cnn", width=4).eval(), tiny_splits[1].first(20)))
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) > 30


def test_the_confusions_that_rose_most_come_first_and_those_that_stayed_are_left_out() -> None:
    before = [[9] * 10 for _ in range(10)]
    after = [row.copy() for row in before]
    after[4][9], after[7][1], after[2][3], after[5][5] = 30, 12, 1, 80
    assert confusion_changes(before, after) == (
        ConfusionChange(4, 9, 9, 30),
        ConfusionChange(7, 1, 9, 12),
        ConfusionChange(2, 3, 9, 1),
    )
    assert [each.rise for each in confusion_changes(before, after)] == [21, 3, -8]


def test_without_all_its_hidden_units_a_model_answers_the_same_for_every_image(
    tiny_splits: tuple[Split, Split],
) -> None:
    model = load_trained(model_folder("mlp")).model
    evaluation = result_of(ablated_evaluation(model, tiny_splits[1], [(2, unit) for unit in range(128)]))
    assert evaluation.logits.unique(dim=0).shape[0] == 1
