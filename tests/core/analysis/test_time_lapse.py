"""The moments of a training side by side, against each model called directly."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.analysis.embedding import Plane, features
from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.analysis.time_lapse import (
    MAX_PICTURES,
    Moment,
    activation_maps,
    hidden_layers,
    model_time_lapse,
    neighbour_agreement,
    picture_time_lapse,
    positions,
    sample,
    view_count,
)
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS, build_model, rotate
from mnist_core.progress import result_of


def moments_of(*models: nn.Sequential, temperature: float = 1.0) -> list[Moment]:
    return [
        Moment(f"step {number}", lambda model=model: (model, temperature))  # type: ignore[misc]
        for number, model in enumerate(models)
    ]


def three(name: str, views: int = 1) -> list[nn.Sequential]:
    return [build_model(name, seed, 4, 1, views).eval() for seed in range(3)]


@pytest.mark.parametrize("name", MODELS)
def test_places_of_all_moments_are_projections_on_the_plane_of_the_last(
    tiny_splits: tuple[Split, Split], name: str
) -> None:
    models, test = three(name), tiny_splits[1]
    lapse = result_of(model_time_lapse(moments_of(*models), test.images, test.labels))
    assert len(lapse.frames) == 3
    with torch.no_grad():
        tensors = normalise(test.images)
        vectors = [
            model(tensors) if name == "linear" else functional.normalize(features(model, tensors)) for model in models
        ]
    centred = vectors[-1] - vectors[-1].mean(dim=0)
    expected = torch.linalg.svd(centred, full_matrices=False).Vh[:2].T
    torch.testing.assert_close((expected.T @ lapse.plane.axes).abs(), torch.eye(2), atol=1e-3, rtol=0)
    for frame, model, own in zip(lapse.frames, models, vectors, strict=True):
        by_hand = (own - vectors[-1].mean(dim=0)) @ lapse.plane.axes
        torch.testing.assert_close(frame.places, by_hand, atol=1e-4, rtol=1e-4)
        assert torch.equal(frame.filters, first_layer_images(model)[:MAX_PICTURES])
        assert frame.agreement == neighbour_agreement(frame.places, test.labels)


def test_progress_rises_to_the_end_and_each_moment_is_loaded_once(tiny_splits: tuple[Split, Split]) -> None:
    test, loaded = tiny_splits[1], []

    def load(number: int) -> tuple[nn.Sequential, float]:
        loaded.append(number)
        return build_model("mlp", number, 4).eval(), 1.0

    moments = [Moment(str(number), lambda number=number: load(number)) for number in range(3)]  # type: ignore[misc]
    fractions = list(model_time_lapse(moments, test.images, test.labels))
    assert fractions == sorted(fractions) and fractions[0] > 0 and fractions[-1] < 1
    assert sorted(loaded) == [0, 1, 2]


@pytest.mark.parametrize(("name", "views"), [("linear", 1), ("mlp", 1), ("cnn", 1), ("cnn", 3)])
def test_a_picture_is_answered_by_each_model_and_placed_on_the_plane(
    tiny_splits: tuple[Split, Split], name: str, views: int
) -> None:
    models, tensor = three(name, views), normalise(tiny_splits[1].images[:1])[0]
    width = positions(models[0], tensor[None]).shape[1]
    plane = Plane(torch.zeros(width), torch.eye(width)[:, :2], (0.5, 0.5))
    layer = hidden_layers(models[0])[0] if name != "linear" else None
    frames = result_of(picture_time_lapse(moments_of(*models, temperature=2.0), plane, tensor, layer))
    for frame, model in zip(frames, models, strict=True):
        with torch.no_grad():
            torch.testing.assert_close(frame.probabilities, torch.softmax(model(tensor[None])[0] / 2, dim=0))
        torch.testing.assert_close(frame.place, positions(model, tensor[None])[0, :2])
        assert torch.equal(frame.activations, activation_maps(model, tensor, layer))


def test_activations_of_a_convolution_are_those_of_the_view_in_the_middle(tiny_splits: tuple[Split, Split]) -> None:
    tensor = normalise(tiny_splits[1].images[:1])[0]
    model, plain = build_model("cnn", 0, 4, 2, views=3).eval(), build_model("cnn", 0, 4, 2).eval()
    for layer, same in zip(hidden_layers(model), hidden_layers(plain), strict=True):
        with torch.no_grad():
            expected = plain[: same + 1](rotate(tensor[None], 0.0))[0, :MAX_PICTURES]
        torch.testing.assert_close(activation_maps(model, tensor, layer), expected)
        assert expected.shape[0] <= MAX_PICTURES and expected.max() > 0


def test_activations_of_a_perceptron_are_all_its_hidden_units(tiny_splits: tuple[Split, Split]) -> None:
    model, tensor = build_model("mlp", 0, 4).eval(), normalise(tiny_splits[1].images[:1])[0]
    (layer,) = hidden_layers(model)
    maps = activation_maps(model, tensor, layer)
    assert maps.shape == (1, 2, 16)
    assert torch.equal(maps.flatten(), features(model, tensor[None])[0])


def test_what_the_pixels_add_makes_the_logits_of_softmax_regression(tiny_splits: tuple[Split, Split]) -> None:
    model, tensor = build_model("linear").eval(), normalise(tiny_splits[1].images[:1])[0]
    assert hidden_layers(model) == [] and isinstance(model[-1], nn.Linear)
    with torch.no_grad():
        sums = activation_maps(model, tensor, None).sum(dim=(1, 2)) + model[-1].bias
        torch.testing.assert_close(sums, model(tensor[None])[0])


def test_agreement_counts_the_places_whose_nearest_has_the_same_label() -> None:
    places = torch.tensor([[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [5.0, 1.0], [5.0, 1.1]])
    assert neighbour_agreement(places, torch.tensor([3, 3, 7, 7, 1])) == pytest.approx(3 / 5)


def test_a_model_is_asked_for_as_many_images_at_a_time_whatever_its_views(tiny_splits: tuple[Split, Split]) -> None:
    images, labels = tiny_splits[0].images[:90], tiny_splits[0].labels[:90]
    steps = []
    for views in (1, 3):
        model = build_model("cnn", 0, 4, 1, views).eval()
        assert view_count(model) == views
        steps.append(len(list(model_time_lapse(moments_of(model), images, labels))))
    assert steps == [1 + 1, 3 + 1]  # batches, and the plane


def test_frames_keep_no_more_in_memory_than_they_show(tiny_splits: tuple[Split, Split]) -> None:
    models, test = three("mlp"), tiny_splits[1]
    lapse = result_of(model_time_lapse(moments_of(*models), test.images, test.labels))
    for frame in lapse.frames:
        assert frame.filters.untyped_storage().nbytes() == MAX_PICTURES * 28 * 28 * 4


def test_a_sample_is_evenly_spread_and_no_larger_than_asked() -> None:
    assert sample(10_000).tolist() == list(range(0, 10_000, 20))
    assert sample(7, 3).tolist() == [0, 3, 6]
    assert sample(2).tolist() == [0, 1]
