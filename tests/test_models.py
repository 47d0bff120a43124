from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from mnist_core.models import MODELS, build_model, parameter_count


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_turns_digits_into_ten_logits(name: str) -> None:
    model = build_model(name).eval()
    digits = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    logits = model(digits)
    assert logits.shape == (3, 10) and logits.dtype == torch.float32 and logits.isfinite().all()
    assert not torch.allclose(logits.sum(dim=1), torch.ones(3))  # logits, not probabilities
    for one, digit in zip(logits, digits, strict=True):  # each digit is read by itself
        torch.testing.assert_close(model(digit[None])[0], one)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_table_of_layers_whose_weights_the_seed_decides(name: str) -> None:
    one, again, other = build_model(name), build_model(name, seed=0), build_model(name, seed=1)
    assert isinstance(one, nn.Sequential)
    assert same(one, again) and not same(one, other)
    assert all(a is not b for a, b in zip(one.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_building_a_model_neither_uses_nor_changes_global_randomness(name: str) -> None:
    torch.manual_seed(3)
    before, first = torch.get_rng_state(), build_model(name)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert same(first, build_model(name))


def test_models_built_at_the_same_time_are_as_repeatable_as_one_alone() -> None:
    with ThreadPoolExecutor(8) as pool:
        built = list(pool.map(lambda seed: build_model("mlp", seed), [0, 1] * 20))
    for seed, model in zip([0, 1] * 20, built, strict=True):
        assert same(model, build_model("mlp", seed))


def test_the_parameters_are_those_counted_by_hand() -> None:
    assert parameter_count(build_model("linear")) == 784 * 10 + 10
    assert parameter_count(build_model("mlp")) == 784 * 128 + 128 + 128 * 10 + 10
    assert 10_000 < parameter_count(build_model("cnn")) < 1_000_000  # small enough to train on a laptop


def test_the_linear_model_is_one_matrix_product() -> None:
    model = build_model("linear")
    weights, bias = model.parameters()
    digits = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(model(digits), digits.reshape(4, 784) @ weights.T + bias)


def test_a_wider_model_has_more_parameters_and_a_linear_one_is_never_wider() -> None:
    narrow, wide = ({name: parameter_count(build_model(name, width=width)) for name in MODELS} for width in (8, 32))
    assert narrow["mlp"] == 784 * 64 + 64 + 64 * 10 + 10
    assert wide["mlp"] > 3 * narrow["mlp"] and wide["cnn"] > 10 * narrow["cnn"]
    assert wide["linear"] == narrow["linear"]


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_takes_part_in_the_answer(name: str) -> None:
    model = build_model(name).train()
    digits = torch.randn(16, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    nn.functional.cross_entropy(model(digits), torch.arange(16) % 10).backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())


def test_an_unknown_model_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(ValueError, match="^model must be one of linear, mlp, cnn, got 'transformer'$"):
        build_model("transformer")
