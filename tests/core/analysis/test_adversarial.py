"""Attacks: how large they are, that they work, and how they compare with chance."""

import pytest
import torch
from torch import nn

from mnist_core.analysis.adversarial import (
    RANDOM_CHANGES,
    SIZES,
    Attack,
    attack,
    random_change,
    smallest_size,
    within,
)
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.progress import result_of


def ink_of(tensor: torch.Tensor) -> torch.Tensor:
    return tensor * STD + MEAN


@pytest.fixture(scope="module")
def seven() -> torch.Tensor:
    stages = preprocess(parse_strokes((ASSETS / "examples.jsonl").read_text().splitlines()[7]))
    assert stages
    return stages.tensor


@pytest.fixture(scope="module")
def attacked(seven: torch.Tensor) -> Attack:
    return result_of(attack(shipped("mlp"), seven))


def shipped(name: str) -> nn.Sequential:
    return load_trained(model_folder(name)).model


def test_each_change_has_exactly_its_size(attacked: Attack, seven: torch.Tensor) -> None:
    for pictures in (attacked.pictures, attacked.random_pictures):
        change = (ink_of(pictures) - ink_of(seven)).abs().amax(dim=(1, 2, 3)) * 255
        assert change.tolist() == pytest.approx(list(SIZES), abs=1e-3)
        assert ink_of(pictures).min() >= -1e-6 and ink_of(pictures).max() <= 1 + 1e-6


def test_an_attack_changes_the_answer_long_before_chance_does(attacked: Attack) -> None:
    by_design = smallest_size(attacked.sizes, attacked.probabilities, attacked.answer)
    by_chance = smallest_size(attacked.sizes, attacked.random_probabilities, attacked.answer)
    assert attacked.answer == 7
    assert by_design and (by_chance is None or by_chance > 2 * by_design)
    assert attacked.random_fooled[attacked.sizes.index(by_design)] == 0
    assert attacked.random_fooled[0] == 0 and max(attacked.random_fooled) <= RANDOM_CHANGES


def test_the_probabilities_are_the_model_s_for_the_pictures(seven: torch.Tensor) -> None:
    model = shipped("linear")
    result = result_of(attack(model, seven, sizes=(0, 12, 80), temperature=1.5))
    for pictures, probabilities in (
        (result.pictures, result.probabilities),
        (result.random_pictures, result.random_probabilities),
    ):
        assert torch.allclose(probabilities, torch.softmax(model(pictures) / 1.5, dim=1), atol=1e-4)
    assert torch.allclose(result.pictures[0], seven, atol=1e-5)


def test_one_step_on_a_linear_model_changes_the_logits_by_size_times_the_sum_of_the_weights() -> None:
    weight = torch.zeros(10, 784)
    weight[[2, 6]] = torch.randn(2, 784, generator=torch.Generator().manual_seed(0)) / 28
    bias = torch.full((10,), -1e3)
    bias[[2, 6]] = torch.tensor([5.0, 0.0])
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    model.load_state_dict({"1.weight": weight, "1.bias": bias})
    grey = (torch.full((1, 28, 28), 0.5) - MEAN) / STD

    def lead(tensors: torch.Tensor) -> torch.Tensor:
        logits = model(tensors).detach()
        return logits[:, 2] - logits[:, 6]

    result = result_of(attack(model, grey, sizes=(8,), steps=1))
    across = (weight[6] - weight[2]).abs().sum() / STD  # Goodfellow et al., section 3: the L1 norm of the weights
    assert result.answer == 2
    assert float(lead(grey[None]) - lead(result.pictures)) == pytest.approx(float(across * 8 / 255), rel=1e-3)


def test_several_steps_fool_the_convolutional_network_with_less_than_one(seven: torch.Tensor) -> None:
    sizes = tuple(range(0, 129, 16))
    one, several = (result_of(attack(shipped("cnn"), seven, sizes=sizes, steps=steps)) for steps in (1, 8))
    smallest = [smallest_size(sizes, each.probabilities, each.answer) or 999 for each in (one, several)]
    assert smallest[1] <= smallest[0] and smallest[1] < 999
    assert (several.probabilities[:, 7] <= one.probabilities[:, 7] + 0.02).all()


def test_the_same_seed_gives_the_same_random_changes(seven: torch.Tensor) -> None:
    first, again, other = (
        result_of(attack(shipped("linear"), seven, sizes=(40,), steps=1, seed=seed)).random_pictures
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_random_change_has_the_same_signs_at_every_size() -> None:
    first, limits = torch.full((1, 28, 28), 0.5), torch.tensor([0.1, 0.3])[:, None, None, None]
    small, large = random_change(first, limits, torch.Generator().manual_seed(0)) - first
    assert torch.allclose(small * 3, large, atol=1e-6)
    assert 300 < int((large > 0).sum()) < 484 and torch.allclose(large.abs(), torch.tensor(0.3))


def test_pictures_are_brought_back_into_the_limits() -> None:
    first = torch.tensor([0.0, 0.5, 1.0])
    moved = torch.tensor([[-0.4, 0.9, 1.4], [0.3, 0.1, 0.5]])
    expected = torch.tensor([[0.0, 0.7, 1.0], [0.2, 0.3, 0.8]])
    assert torch.allclose(within(moved, first, torch.tensor(0.2)), expected)


def test_the_smallest_size_is_the_first_with_another_answer() -> None:
    rows = torch.eye(10)[[4, 4, 7, 4, 1]]
    assert smallest_size((0, 2, 4, 6, 8), rows, 4) == 4
    assert smallest_size((0, 2), rows[:2], 4) is None


@pytest.mark.parametrize(("sizes", "steps"), [((-1,), 1), ((256,), 1), ((4,), 0)])
def test_what_cannot_be_done_is_refused(seven: torch.Tensor, sizes: tuple[int, ...], steps: int) -> None:
    with pytest.raises(ValueError, match="sizes must be 0 to 255"):
        result_of(attack(shipped("linear"), seven, sizes=sizes, steps=steps))
