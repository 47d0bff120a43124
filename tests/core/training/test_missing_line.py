"""A training loop without one of its lines: the steps are those of PyTorch, or what is known of a loop without it."""

import math

import pytest
import torch
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.progress import result_of
from mnist_core.training.missing_line import (
    BACKWARD,
    MISSING,
    NOTHING,
    SHUFFLING,
    STEP,
    ZERO_GRAD,
    LoopRun,
    train_without,
)
from tests.made import made_split

SPLIT = made_split("train", 160, seed=2)  # 80 of them are trained on: one mini-batch, in whatever order
INPUTS = SPLIT.images.flatten(1).float() / 255


def trained(missing: str, steps: int, split: Split = SPLIT) -> LoopRun:
    return result_of(train_without(split, missing, steps=steps))


def loss_by_hand(steps: int, *, momentum: float) -> float:
    """Return the validation loss after steps of gradient descent that each keep a share of the step before."""
    weights, bias = torch.zeros(784, 10), torch.zeros(10)
    by_weights, by_bias = torch.zeros(784, 10), torch.zeros(10)
    known, labels = INPUTS[:80], SPLIT.labels[:80]
    for _ in range(steps):
        error = ((known @ weights + bias).softmax(dim=1) - functional.one_hot(labels, 10)) / 80
        by_weights = momentum * by_weights + known.T @ error
        by_bias = momentum * by_bias + error.sum(dim=0)
        weights, bias = weights - 0.3 * by_weights, bias - 0.3 * by_bias
    return float(functional.cross_entropy(INPUTS[80:] @ weights + bias, SPLIT.labels[80:]))


def test_with_all_lines_it_is_gradient_descent() -> None:
    assert trained(NOTHING, 12).losses[-1] == pytest.approx(loss_by_hand(12, momentum=0), abs=1e-4)


def test_without_zero_grad_every_step_repeats_all_gradients_before_it() -> None:
    run = trained(ZERO_GRAD, 6)
    assert run.losses[-1] == pytest.approx(loss_by_hand(6, momentum=1), abs=1e-3)
    assert run.losses[-1] != pytest.approx(trained(NOTHING, 6).losses[-1], abs=0.01)


@pytest.mark.parametrize("missing", [BACKWARD, STEP])
def test_without_a_gradient_or_a_step_nothing_is_learned(missing: str) -> None:
    assert trained(missing, 40).losses == pytest.approx([math.log(10)] * 5)


def test_without_shuffling_the_first_batches_are_all_of_one_digit() -> None:
    split = made_split("train", 4_000, seed=5)  # about 200 images of each digit to train on
    run, shuffled = trained(SHUFFLING, 2, split), trained(NOTHING, 2, split)
    assert run.losses[-1] > math.log(10) > shuffled.losses[-1]  # it has learned to answer 0 always
    assert run.accuracies[-1] == pytest.approx(float((split.labels[2_000:] == 0).float().mean()))


@pytest.mark.parametrize("missing", MISSING)
def test_it_evaluates_at_the_start_and_at_the_end_and_says_how_far_it_is(missing: str) -> None:
    fractions = list(train_without(SPLIT, missing, steps=25))
    assert fractions == [0, 0.4, 0.8, 1]
    run = trained(missing, 25)
    assert run.missing == missing and run.steps == (0, 10, 20, 25)
    assert len(run.losses) == len(run.accuracies) == 4 and run.losses[0] == pytest.approx(math.log(10))


def test_an_unknown_line_and_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="one of Nothing"):
        result_of(train_without(SPLIT, "import torch"))
    with pytest.raises(ValueError, match="at least 2 images"):
        result_of(train_without(SPLIT.first(1), NOTHING))
