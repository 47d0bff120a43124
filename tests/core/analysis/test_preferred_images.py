"""The images that a unit likes: against a sort of all activations."""

import pytest
import torch
from torch import nn

from mnist_core.analysis import preferred_images as module
from mnist_core.analysis.ablation import ablatable_layers
from mnist_core.analysis.preferred_images import FADED, LIT, preferred_images, seen_parts
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import build_model
from mnist_core.progress import result_of

MODELS = {"linear": ("linear", 1, 1), "mlp": ("mlp", 1, 1), "cnn": ("cnn", 2, 1), "cnn with three views": ("cnn", 2, 3)}


def brute_force(model: nn.Sequential, split: Split, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the numbers and activations (C, 9) from a sort of all activations of the plain model's layer."""
    with torch.no_grad():
        outputs = model[: number + 1](normalise(split.images))
    largest = outputs.flatten(2).amax(dim=2) if outputs.ndim == 4 else outputs
    values, numbers = largest.T.sort(dim=1, descending=True, stable=True)
    return numbers[:, :9], values[:, :9]


@pytest.mark.parametrize("name", MODELS)
def test_the_images_are_those_of_a_sort_of_all_activations(name: str, tiny_splits: tuple[Split, Split]) -> None:
    kind, width, views = MODELS[name]
    plain, model = (build_model(kind, width=width, views=count).eval() for count in (1, views))
    ends = [(len(plain) - 1, len(model) - 1)]  # the ten logits
    for one, other in zip(ablatable_layers(plain), ablatable_layers(model), strict=True):
        if one.kind != "region":
            ends.append((one.number, other.number))
    for number_in_plain, number in ends:
        found = result_of(preferred_images(model, tiny_splits[0], number))
        numbers, activations = brute_force(plain, tiny_splits[0], number_in_plain)
        torch.testing.assert_close(found.activations, activations)
        assert found.numbers.tolist() == numbers.tolist() and found.searched == 400


def test_the_place_is_where_the_activation_is(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model("cnn", width=2).eval()
    found = result_of(preferred_images(model, tiny_splits[0], 6))
    with torch.no_grad():
        maps = model[:7](normalise(tiny_splits[0].images))
    for channel in range(4):
        for number, activation, (row, column) in zip(
            found.numbers[channel], found.activations[channel], found.places[channel], strict=True
        ):
            torch.testing.assert_close(maps[number, channel, row, column], activation)
            assert activation == maps[number, channel].max()


def test_units_that_never_fire_prefer_the_first_images(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model("mlp", width=1).eval()
    nn.init.constant_(model.get_parameter("1.bias"), -1e6)
    found = result_of(preferred_images(model, tiny_splits[0], 2))
    assert not found.activations.any() and found.numbers.tolist() == [list(range(9))] * 8


def test_when_all_images_would_cost_too_much_every_nth_is_searched(
    tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "affordable", lambda split, cost: split.at(slice(None, None, 3)))
    model = build_model("mlp", width=1).eval()
    found = result_of(preferred_images(model, tiny_splits[0], 2, count=5))
    numbers, activations = brute_force(model, tiny_splits[0].at(slice(None, None, 3)), 2)
    assert found.numbers.tolist() == (3 * numbers[:, :5]).tolist() and found.searched == 134
    torch.testing.assert_close(found.activations, activations[:, :5])


def test_fewer_images_than_asked_for_are_all_returned(tiny_splits: tuple[Split, Split]) -> None:
    found = result_of(preferred_images(build_model("mlp", width=1).eval(), tiny_splits[0].first(4), 2))
    assert found.numbers.shape == (8, 4) and found.numbers.sort(dim=1).values.tolist() == [[0, 1, 2, 3]] * 8


def test_the_search_takes_steps_up_to_1(tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "images_per_step", lambda cost: 150)
    fractions = list(preferred_images(build_model("linear").eval(), tiny_splits[0], 1))
    assert fractions == [0.375, 0.75, 1.0]


def test_only_what_is_lit_changes_the_activation(tiny_splits: tuple[Split, Split]) -> None:
    model = build_model(
        "cnn", width=2, views=3
    ).eval()  # its layers: views, convolution 1, norm, ReLU, convolution 2, ...
    found = result_of(preferred_images(model, tiny_splits[0], 7))
    numbers, places = found.numbers[1], found.places[1]
    images = tiny_splits[0].images[numbers]
    shown = seen_parts(model, 7, images, places)
    plain = model[1:8]
    for image, lit, (row, column), activation in zip(images, shown, places, found.activations[1], strict=True):
        is_outside = lit == (image * FADED).round()
        assert 0 < int((~is_outside).sum()) < 784
        assert lit[~is_outside].min() >= LIT
        noise = torch.where(is_outside, torch.randint(0, 256, (28, 28), dtype=torch.uint8), image)
        with torch.no_grad():
            again = plain(normalise(noise[None]))[0, 1, row, column]
        torch.testing.assert_close(again, activation)
