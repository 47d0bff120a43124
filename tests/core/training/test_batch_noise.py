"""Mini-batches of any size: gradients and steps are PyTorch's own, and the noise is that of drawn mini-batches."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.progress import result_of
from mnist_core.training.batch_noise import (
    POINTS,
    BatchRun,
    noise_scale,
    softmax_gradient,
    train_with_batches,
)
from tests.made import made_split

SPLIT = made_split("train", 300, seed=4)
IMAGES, LABELS = SPLIT.images.flatten(1).float() / 255, SPLIT.labels


def trained(split: Split, batch_size: int, steps: int, seed: int = 0) -> BatchRun:
    """Train with a clock that moves on by 1 s whenever it is asked: about that many steps between two evaluations."""
    time = itertools.count()
    seconds = float(POINTS * (steps + 2))  # a point asks once before each step, and twice more
    return result_of(train_with_batches(split, batch_size, seconds=seconds, seed=seed, clock=lambda: float(next(time))))


def weights(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(10, 784, generator=generator) / 28, torch.randn(10, generator=generator)


def test_the_gradient_is_that_of_autograd() -> None:
    weight, bias = (each.requires_grad_(True) for each in weights(1))
    functional.cross_entropy(functional.linear(IMAGES, weight, bias), LABELS).backward()
    by_weight, by_bias = softmax_gradient(IMAGES, LABELS, weight.detach(), bias.detach())
    assert weight.grad is not None and bias.grad is not None
    assert torch.allclose(by_weight, weight.grad, atol=1e-6) and torch.allclose(by_bias, bias.grad, atol=1e-6)


@pytest.mark.parametrize("size", [1, 16])
def test_the_noise_is_that_of_mini_batches_that_are_drawn(size: int) -> None:
    weight, bias = weights(2)
    full = torch.cat([each.flatten() for each in softmax_gradient(IMAGES, LABELS, weight, bias)])
    generator, errors = torch.Generator().manual_seed(0), []
    for _ in range(300):
        chosen = torch.randint(len(IMAGES), (size,), generator=generator)
        drawn = softmax_gradient(IMAGES[chosen], LABELS[chosen], weight, bias)
        errors.append(float((torch.cat([each.flatten() for each in drawn]) - full).square().sum()))
    measured = sum(errors) / len(errors) / float(full.square().sum())
    assert noise_scale(IMAGES, LABELS, weight, bias) / size == pytest.approx(measured, rel=0.15)


def test_a_run_takes_the_steps_of_pytorchs_sgd() -> None:
    run = trained(SPLIT, 8, steps=2)
    model = nn.Linear(784, 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    generator = torch.Generator().manual_seed(0)
    for _ in range(run.steps):
        chosen = torch.randint(240, (8,), generator=generator)  # a fifth of the 300 images is for validation
        optimiser.zero_grad()
        functional.cross_entropy(model(IMAGES[chosen]), LABELS[chosen]).backward()
        optimiser.step()
    with torch.no_grad():
        logits = model(IMAGES[240:])
    assert run.losses[-1] == pytest.approx(float(functional.cross_entropy(logits, LABELS[240:])), abs=1e-4)
    assert run.accuracies[-1] == pytest.approx(float((logits.argmax(dim=1) == LABELS[240:]).float().mean()))
    assert run.steps >= 2 * POINTS - 2


def test_a_run_begins_with_knowing_nothing_and_counts_what_it_sees() -> None:
    run = trained(SPLIT, 16, steps=6)
    assert len(run.seconds) == len(run.images) == len(run.accuracies) == len(run.losses) == POINTS + 1
    assert run.losses[0] == pytest.approx(math.log(10))
    assert run.seconds[0] == run.images[0] == 0
    assert run.images[-1] == run.steps * 16
    assert list(run.seconds) == sorted(run.seconds) and list(run.images) == sorted(run.images)
    assert run.accuracies[-1] > 0.9


def test_sixteen_times_the_images_make_a_quarter_of_the_noise() -> None:
    assert trained(SPLIT, 1, steps=1).noise == pytest.approx(4 * trained(SPLIT, 16, steps=1).noise)


def test_a_run_lasts_as_long_as_it_is_told_and_says_how_far_it_is() -> None:
    fractions = list(train_with_batches(SPLIT, 1, seconds=0.04))
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) == POINTS
    run = result_of(train_with_batches(SPLIT, 1, seconds=0.04))
    assert 0.04 <= run.seconds[-1] < 0.5


def test_the_same_seed_takes_the_same_steps() -> None:
    assert trained(SPLIT, 4, steps=1, seed=3) == trained(SPLIT, 4, steps=1, seed=3)
    assert trained(SPLIT, 4, steps=1, seed=3) != trained(SPLIT, 4, steps=1, seed=4)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 image"):
        result_of(train_with_batches(SPLIT, 0))
    with pytest.raises(ValueError, match="at least 5 images"):
        result_of(train_with_batches(SPLIT.first(4), 1))


def test_the_swing_is_that_of_the_second_half() -> None:
    run = BatchRun(1, 3, 0.0, (0.0, 0.1, 0.2, 0.3), (0, 1, 2, 3), (0.1, 0.9, 0.5, 0.75), (2.0, 1.0, 1.0, 1.0))
    assert run.swing == 0.25
