import pytest
import torch
from torch import nn

from mnist_core.analysis.cost import MAX_BATCH, PER_STEP, affordable, images_per_step, multiply_adds
from mnist_core.data.split import Split
from mnist_core.models.architecture import summarise_layers
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS, build_model


@pytest.mark.parametrize("name", MODELS)
def test_the_multiply_adds_are_those_of_the_summary_once_per_view(name: str) -> None:
    expected = sum(layer.multiply_adds for layer in summarise_layers(TrainConfig(model=name, width=8, depth=3)))
    assert multiply_adds(build_model(name, width=8, depth=3).eval()) == expected
    views = build_model(name, width=8, depth=3, views=3).eval()
    last = [layer.weight.numel() for layer in views if isinstance(layer, nn.Linear)][-1]
    assert multiply_adds(views) == 3 * (expected - last) + last  # the last layer gets the mean of the views


def test_a_step_has_fewer_images_the_more_one_costs() -> None:
    assert images_per_step(1) == MAX_BATCH
    assert images_per_step(PER_STEP // 7) == 7
    assert images_per_step(10 * PER_STEP) == 1


@pytest.mark.parametrize(("limit", "numbers"), [(700, [*range(7)]), (699, [0, 2, 4, 6]), (200, [0, 4]), (1, [0])])
def test_all_images_or_every_nth_stay_within_the_limit(limit: int, numbers: list[int]) -> None:
    split = Split(torch.arange(7 * 784).reshape(7, 28, 28).to(torch.uint8), torch.arange(7), "test")
    shown = affordable(split, 100, limit)
    assert shown.labels.tolist() == numbers
    torch.testing.assert_close(shown.images, split.images[numbers])
    assert len(shown) * 100 <= max(limit, 100)
