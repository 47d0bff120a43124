import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MAX_VIEW_ROTATION, MODELS, build_model, parameter_count, rotate


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_maps_digits_to_ten_logits(name: str) -> None:
    model = build_model(name).eval()
    digits = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    logits = model(digits)
    assert logits.shape == (3, 10) and logits.dtype == torch.float32 and logits.isfinite().all()
    assert not torch.allclose(logits.sum(dim=1), torch.ones(3))  # logits, not probabilities
    for one, digit in zip(logits, digits, strict=True):  # independent of the other digits in the batch
        torch.testing.assert_close(model(digit[None])[0], one)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_sequential_and_its_weights_depend_on_the_seed_alone(name: str) -> None:
    one, again, other = build_model(name), build_model(name, seed=0), build_model(name, seed=1)
    assert isinstance(one, nn.Sequential)
    assert same(one, again) and not same(one, other)
    assert all(a is not b for a, b in zip(one.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_building_a_model_neither_uses_nor_changes_the_global_random_state(name: str) -> None:
    torch.manual_seed(3)
    before, first = torch.get_rng_state(), build_model(name)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert same(first, build_model(name))


def test_models_built_concurrently_are_repeatable() -> None:
    with ThreadPoolExecutor(8) as pool:
        built = list(pool.map(lambda seed: build_model("mlp", seed), [0, 1] * 20))
    for seed, model in zip([0, 1] * 20, built, strict=True):
        assert same(model, build_model("mlp", seed))


def test_the_parameter_counts_equal_those_by_hand() -> None:
    assert parameter_count(build_model("linear")) == 784 * 10 + 10
    assert parameter_count(build_model("mlp")) == 784 * 128 + 128 + 128 * 10 + 10
    filters = 16 * 25 + 32 * 16 * 9 + 64 * 32 * 9 + 64 * 64 * 9
    assert parameter_count(build_model("cnn")) == filters + 2 * (16 + 32 + 64 + 64) + 576 * 10 + 10


def test_the_linear_model_is_one_matrix_product() -> None:
    model = build_model("linear")
    weights, bias = model.parameters()
    digits = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(model(digits), digits.reshape(4, 784) @ weights.T + bias)


def test_width_adds_parameters_to_all_but_the_linear_model() -> None:
    narrow, wide = ({name: parameter_count(build_model(name, width=width)) for name in MODELS} for width in (8, 32))
    assert narrow["mlp"] == 784 * 64 + 64 + 64 * 10 + 10
    assert wide["mlp"] > 3 * narrow["mlp"] and wide["cnn"] > 10 * narrow["cnn"]
    assert wide["linear"] == narrow["linear"]


def test_depth_adds_convolutions_to_the_cnn_alone() -> None:
    for depth in (1, 2, 3):
        layers = list(build_model("cnn", depth=depth).modules())
        assert sum(isinstance(layer, nn.Conv2d) for layer in layers) == 2 + depth
    for name in ("linear", "mlp"):
        assert same(build_model(name, depth=1), build_model(name, depth=3))


@pytest.mark.parametrize("name", MODELS)
def test_several_looks_average_the_logits_of_the_rotated_views(name: str) -> None:
    one, three = build_model(name).eval(), build_model(name, views=3).eval()
    digits = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(3))
    by_hand = sum(one(rotate(digits, math.radians(angle))) for angle in (-MAX_VIEW_ROTATION, 0, MAX_VIEW_ROTATION)) / 3
    torch.testing.assert_close(three(digits), by_hand)
    assert three[:-1](digits).flatten(1).shape == one[:-1](digits).flatten(1).shape


@pytest.mark.parametrize("name", MODELS)
def test_several_looks_change_nothing_in_training_mode(name: str) -> None:
    digits = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(build_model(name, views=5).train()(digits), build_model(name).train()(digits))


def test_rotation_equals_that_of_pillow_and_fills_with_paper() -> None:
    ink = torch.zeros(28, 28, dtype=torch.uint8)
    ink[4:24, 12:16] = 255
    by_pillow = Image.fromarray(ink.numpy()).rotate(-20, Image.Resampling.BILINEAR)  # Pillow rotates anticlockwise
    rotated = rotate(normalise(ink[None]), math.radians(20))
    torch.testing.assert_close(rotated, normalise(torch.from_numpy(np.array(by_pillow))[None]), rtol=0, atol=0.02)
    paper = normalise(torch.zeros(1, 28, 28, dtype=torch.uint8))
    torch.testing.assert_close(rotate(paper, 0.4), paper)


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_gets_a_gradient(name: str) -> None:
    model = build_model(name).train()
    digits = torch.randn(16, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    nn.functional.cross_entropy(model(digits), torch.arange(16) % 10).backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())


def test_an_unknown_model_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match="^model must be one of linear, mlp, cnn, got 'transformer'$"):
        build_model("transformer")
