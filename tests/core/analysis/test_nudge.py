"""Slopes by nudging: those of a whole model in PyTorch, and errors that are known from numerical analysis."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_core.analysis.loss_curve import LossCurve, Parameter
from mnist_core.analysis.nudge import PRECISIONS, best_nudge, nudged_slopes
from tests.made import made_split

SPLIT = made_split("train", 100, seed=3)
ROW, COLUMN, DIGIT = 8, 18, 3
CURVE = LossCurve.of(Parameter(DIGIT, (ROW, COLUMN)), SPLIT.images, SPLIT.labels)


def loss_in_pytorch(value: float) -> float:
    """Return the loss of a whole linear model with one weight that is not 0."""
    model = nn.Linear(784, 10).double()
    with torch.no_grad():
        model.weight.zero_()
        model.bias.zero_()
        model.weight[DIGIT, 28 * ROW + COLUMN] = value
        return float(functional.cross_entropy(model(SPLIT.images.flatten(1).double() / 255), SPLIT.labels))


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("nudge", [0.1, 3.0])
def test_a_slope_is_that_of_two_losses_in_pytorch(precision: str, tolerance: float, nudge: float) -> None:
    (found,) = nudged_slopes(CURVE, [nudge], precision)
    expected = (loss_in_pytorch(nudge) - loss_in_pytorch(-nudge)) / (2 * nudge)
    assert found.slope == pytest.approx(expected, abs=tolerance)
    assert found.error == abs(found.slope - CURVE.slope_by_autograd(0.0))


def test_a_tenth_of_a_large_nudge_has_a_hundredth_of_the_error() -> None:
    large, small = nudged_slopes(CURVE, [0.1, 0.01], "float64")
    assert large.error == pytest.approx(100 * small.error, rel=0.02)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_best_nudge_is_better_than_a_much_smaller_and_a_much_larger_one(precision: str) -> None:
    best = best_nudge(precision)
    below, at, above = (found.error for found in nudged_slopes(CURVE, [best / 1e4, best, best * 1000], precision))
    assert at < below / 10 and at < above / 10


@pytest.mark.parametrize("nudge", [1e-3, 0.1, 10.0])
def test_digits_count_where_both_slopes_are_written_alike(nudge: float) -> None:
    (found,) = nudged_slopes(CURVE, [nudge], "float64")
    exact = CURVE.slope_by_autograd(0.0)
    assert abs(found.slope - exact) == pytest.approx(abs(exact) * 10**-found.digits)


def test_a_slope_that_is_right_or_that_is_0_has_all_digits_or_none() -> None:
    flat = LossCurve(DIGIT, torch.zeros(10, dtype=torch.float64), SPLIT.labels[:10])
    assert nudged_slopes(flat, [0.1], "float32")[0].digits == 16
    (lost,) = nudged_slopes(CURVE, [1e-9], "float32")
    assert lost.digits == 0


def test_a_nudge_below_what_float32_can_tell_apart_finds_no_slope_at_all() -> None:
    nudge = 1e-9  # the two losses differ by less than the smallest step of a float32 near 2.3, 2.4e-7
    (coarse,), (fine,) = (nudged_slopes(CURVE, [nudge], precision) for precision in PRECISIONS)
    assert coarse.slope == 0
    assert fine.slope == pytest.approx(CURVE.slope_by_autograd(0.0), abs=1e-5)


def test_what_is_no_nudge_and_no_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        nudged_slopes(CURVE, [0.1, 0.0], "float32")
    with pytest.raises(ValueError, match="one of float32, float64"):
        nudged_slopes(CURVE, [0.1], "float16")
