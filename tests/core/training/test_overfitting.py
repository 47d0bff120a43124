"""Overfitting on few images: the steps are PyTorch's own, and what is learned by heart helps nobody."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.models.networks import build_model
from mnist_core.progress import result_of
from mnist_core.training.overfitting import BATCH, OverfittingRun, train_on_few
from tests.made import made_split

SPLIT = made_split("train", 300, seed=6)


def noise_split(count: int) -> Split:
    """Return images and labels that have nothing to do with each other."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
    return Split(images, torch.randint(0, 10, (count,), generator=generator), "train")


def trained(split: Split, count: int, steps: int = 60) -> OverfittingRun:
    return result_of(train_on_few(split, count, steps=steps))


def test_a_run_takes_the_steps_of_pytorchs_adam() -> None:
    count, steps = 40, 7  # fewer images than a mini-batch: every step sees all of them, in whatever order
    assert count <= BATCH
    run = trained(SPLIT, count, steps)
    model: nn.Module = build_model("mlp", 0)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs = (SPLIT.images.float().unsqueeze(1) / 255 - 0.1307) / 0.3081
    for _ in range(steps):
        optimiser.zero_grad()
        functional.cross_entropy(model(inputs[:count]), SPLIT.labels[:count]).backward()
        optimiser.step()
    with torch.no_grad():
        logits = model(inputs)
    loss = functional.cross_entropy(logits[150:], SPLIT.labels[150:])  # the second half is for validation
    right = (logits.argmax(dim=1) == SPLIT.labels).float()
    assert run.validation_losses[-1] == pytest.approx(float(loss), abs=1e-3)
    assert run.accuracies[-1] == pytest.approx(float(right[:count].mean()))
    assert run.validation_accuracies[-1] == pytest.approx(float(right[150:].mean()))


def test_labels_without_a_pattern_are_learned_by_heart_and_help_nobody() -> None:
    run = trained(noise_split(400), 50, steps=120)
    assert run.accuracies[-1] == 1
    assert run.validation_accuracies[-1] < 0.25
    assert run.validation_losses[-1] > math.log(10)  # worse than knowing nothing
    assert run.gap == run.accuracies[-1] - run.validation_accuracies[-1]


def test_more_images_of_a_pattern_close_the_gap() -> None:
    few, many = trained(SPLIT, 10), trained(SPLIT, 150)
    assert few.gap > many.gap + 0.1
    assert (few.images, few.kept, many.images, many.kept) == (10, 150, 150, 150)


def test_no_image_is_both_trained_on_and_kept_aside() -> None:
    assert trained(SPLIT, 5_000, steps=1).images == 150


def test_it_says_how_far_it_is_and_evaluates_before_the_first_step_and_after_the_last() -> None:
    fractions = list(train_on_few(SPLIT, 20, steps=40))
    assert fractions[0] == 0 and fractions[-1] == 1 and fractions == sorted(set(fractions))
    run = trained(SPLIT, 20, steps=40)
    assert run.steps[0] == 0 and run.steps[-1] == 40
    assert len({len(each) for each in (run.steps, run.losses, run.accuracies, run.validation_losses)}) == 1


def test_the_same_seed_repeats_a_run() -> None:
    assert trained(SPLIT, 100, steps=10) == trained(SPLIT, 100, steps=10)


@pytest.mark.parametrize(("images", "count"), [(1, 1), (300, 0)])
def test_too_few_images_are_refused(images: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least one image"):
        trained(SPLIT.first(images), count)
