"""What each answer costs on average when labels are numbers, and when they are one-hot targets: squared errors."""

import torch
from torch.nn import functional

from mnist_core.constants import CLASSES

TOLERANCE = 1e-9  # costs that differ by less are equal


def label_shares(digit: int, other: int, share: float) -> torch.Tensor:
    """Return how often each label is the true one, for images that show one digit or another.

    Args:
        digit, other: 0 to 9; they may be the same.
        share: how often the other one is true, in [0, 1].

    Returns:
        (10,) float64, adding up to 1.

    Raises:
        ValueError: there is no such digit, or the share is not in [0, 1].
    """
    for each in (digit, other):
        if not 0 <= each < CLASSES:
            raise ValueError(f"digit must be 0 to {CLASSES - 1}, got {each}")
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share}")
    shares = torch.zeros(CLASSES, dtype=torch.float64)
    shares[digit] += 1 - share
    shares[other] += share
    return shares


def number_costs(shares: torch.Tensor) -> list[float]:
    """Return the mean squared difference of each answer, 0 to 9, to labels that are numbers.

    Args:
        shares: how often each label is true, (10,) float64.
    """
    digits = torch.arange(CLASSES, dtype=torch.float64)
    costs: list[float] = ((digits[:, None] - digits).square() @ shares).tolist()
    return costs


def one_hot_costs(shares: torch.Tensor) -> list[float]:
    """Return the mean squared distance of each answer, 0 to 9, to labels, all as one-hot vectors of ten numbers.

    Args:
        shares: how often each label is true, (10,) float64.
    """
    vectors = functional.one_hot(torch.arange(CLASSES), CLASSES).double()
    costs: list[float] = ((vectors[:, None] - vectors).square().sum(dim=2) @ shares).tolist()
    return costs


def cheapest(costs: list[float]) -> list[int]:
    """Return the answers that cost least; more than one where they cost the same."""
    least = min(costs)
    return [answer for answer, cost in enumerate(costs) if cost <= least + TOLERANCE]
