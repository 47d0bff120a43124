"""How exact a slope is that is found by nudging one weight, for any size of the nudge and with either precision."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from mnist_core.analysis.loss_curve import LossCurve

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
MOST_DIGITS = 16.0  # that a float64 keeps


@dataclass(frozen=True)
class NudgedSlope:
    """The slope that a nudge gives.

    Attributes:
        nudge: how far the weight is moved, up and down.
        slope: the difference of both losses divided by twice the nudge.
        error: its distance from the slope that `loss.backward()` gives with float64.
        digits: how many digits of it are right: minus the logarithm of the relative error, in [0, `MOST_DIGITS`].
    """

    nudge: float
    slope: float
    error: float
    digits: float


def nudged_slopes(curve: LossCurve, nudges: Sequence[float], precision: str) -> list[NudgedSlope]:
    """Find the slope of the loss at a weight of 0 by central differences.

    Args:
        curve: the loss over the weight.
        nudges: how far to move it, above 0.
        precision: of all numbers, one of `PRECISIONS`.

    Raises:
        ValueError: a nudge is not above 0, or there is no such precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    if not all(nudge > 0 for nudge in nudges):
        raise ValueError(f"nudges must be above 0, got {min(nudges):g}")
    dtype, exact = PRECISIONS[precision], curve.slope_by_autograd(0.0)

    def loss(value: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(curve.logits(value.double()).to(dtype), curve.labels)

    found = []
    for nudge in nudges:
        step = torch.tensor(nudge, dtype=dtype)
        slope = float((loss(step) - loss(-step)) / (2 * step))
        error = abs(slope - exact)
        found.append(NudgedSlope(nudge, slope, error, _right_digits(error, exact)))
    return found


def _right_digits(error: float, exact: float) -> float:
    if not error:
        return MOST_DIGITS
    return min(max(-math.log10(error / abs(exact)), 0.0), MOST_DIGITS) if exact else 0.0


def best_nudge(precision: str) -> float:
    """Return about which nudge gives the smallest error: the cube root of the distance from 1 to the next number.

    Below it the error of rounding grows with 1 / nudge, above it the error of curvature with the square of the nudge
    (Press et al., Numerical Recipes, section 5.7).
    """
    return float(torch.finfo(PRECISIONS[precision]).eps ** (1 / 3))
