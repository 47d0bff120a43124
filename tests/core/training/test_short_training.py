"""A short training takes PyTorch's own steps, on all images but those for validation, and measures on these alone."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.progress import result_of
from mnist_core.training.short_training import ShortTraining
from tests.made import made_split

SPLIT = made_split("train", 100, seed=3)
TRAINING = ShortTraining(batch=10, rate=0.01, validation=20, every=5)


def linear() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def as_floats(images: torch.Tensor) -> torch.Tensor:
    return images.float() / 255


def test_it_takes_the_steps_of_adam_and_leaves_the_validation_images_out() -> None:
    model, expected = linear(), linear()
    accuracy = result_of(TRAINING.train(model, SPLIT, as_floats, steps=12, seed=1))
    optimiser, generator = torch.optim.Adam(expected.parameters(), lr=0.01), torch.Generator().manual_seed(1)
    for _ in range(12):
        chosen = torch.randint(80, (10,), generator=generator)
        optimiser.zero_grad()
        functional.cross_entropy(expected(as_floats(SPLIT.images[chosen])), SPLIT.labels[chosen]).backward()
        optimiser.step()
    for value, other in zip(model.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(value, other)
    right = expected(as_floats(SPLIT.images[80:])).argmax(dim=1) == SPLIT.labels[80:]
    assert accuracy == pytest.approx(float(right.float().mean()))


def test_it_reports_how_far_it_is() -> None:
    assert list(TRAINING.train(linear(), SPLIT, as_floats, steps=10, seed=0)) == [0, 0.5, 1]


def test_one_image_is_too_few() -> None:
    with pytest.raises(ValueError, match="^training needs at least 2 images, got 1$"):
        result_of(TRAINING.train(linear(), SPLIT.first(1), as_floats, steps=1, seed=0))
