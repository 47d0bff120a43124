"""Networks with one hidden layer: the steps are PyTorch's own, and without a ReLU the network is one linear layer."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.progress import result_of
from mnist_core.training.hidden_layer import TRAINING, HiddenRun, hidden_network, train_hidden
from tests.made import made_split

SPLIT = made_split("train", 300, seed=7)
INPUTS = SPLIT.images.float() / 255


def trained(width: int, *, has_relu: bool, steps: int) -> HiddenRun:
    return result_of(train_hidden(SPLIT, width, has_relu=has_relu, steps=steps))


@pytest.mark.parametrize(("width", "has_relu"), [(0, False), (8, True), (8, False)])
def test_a_run_takes_the_steps_of_pytorchs_adam(width: int, has_relu: bool) -> None:
    model = nn.Sequential(*hidden_network(width, has_relu=has_relu, seed=0))
    optimiser, generator = torch.optim.Adam(model.parameters(), lr=TRAINING.rate), torch.Generator().manual_seed(0)
    for _ in range(15):
        chosen = torch.randint(150, (TRAINING.batch,), generator=generator)  # the second half is for validation
        optimiser.zero_grad()
        functional.cross_entropy(model(INPUTS[chosen]), SPLIT.labels[chosen]).backward()
        optimiser.step()
    right = (model(INPUTS[150:]).argmax(dim=1) == SPLIT.labels[150:]).float().mean()
    assert trained(width, has_relu=has_relu, steps=15).accuracy == pytest.approx(float(right))


@pytest.mark.parametrize(("width", "count"), [(0, 7_850), (1, 805), (128, 101_770)])
def test_the_parameters_are_those_of_the_formula(width: int, count: int) -> None:
    run = trained(width, has_relu=True, steps=1)
    assert run.parameters == count and run.width == width and run.has_relu == (width > 0)


def test_without_a_relu_it_is_a_linear_function_and_with_one_it_is_not() -> None:
    first, second = INPUTS[:5], INPUTS[5:10]
    straight, bent = (hidden_network(32, has_relu=has_relu) for has_relu in (False, True))
    with torch.no_grad():
        for model, is_linear in ((straight, True), (bent, False)):
            middle = (model(first) + model(second)) / 2
            assert torch.allclose(model((first + second) / 2), middle, atol=1e-5) == is_linear


def test_a_pattern_is_learned_and_two_units_learn_less_than_many() -> None:
    narrow, wide = (trained(width, has_relu=True, steps=80).accuracy for width in (2, 64))
    assert wide > 0.9 > narrow


def test_the_same_seed_repeats_a_run_and_it_says_how_far_it_is() -> None:
    assert trained(4, has_relu=True, steps=30) == trained(4, has_relu=True, steps=30)
    assert list(train_hidden(SPLIT, 4, has_relu=True, steps=40)) == [0, 0.5, 1]


def test_what_cannot_be_built_or_trained_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0 hidden units"):
        hidden_network(-1, has_relu=True)
    with pytest.raises(ValueError, match="at least 2 images"):
        result_of(train_hidden(SPLIT.first(1), 4, has_relu=True))
