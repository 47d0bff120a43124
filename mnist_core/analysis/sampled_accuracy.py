"""How much of an accuracy is sampled: what a model gets on many random validation sets of one size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000)  # images
SETS = 10_000  # drawn for one histogram
BIN = 0.0025  # width of a bar, as a fraction; at least one image
QUANTILE = 1.96  # of the normal distribution: 95% of it are that many standard deviations around the mean


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram.

    Attributes:
        low, high: its ends, as fractions.
        sets: how many have an accuracy between them.
    """

    low: float
    high: float
    sets: int


@dataclass(frozen=True)
class SampledAccuracy:
    """The accuracies that one model gets on random sets of one size.

    Attributes:
        size: images in each set.
        accuracy: of the model on all images, as a fraction.
        right: right answers in each set, (sets,) int64.
    """

    size: int
    accuracy: float
    right: np.ndarray

    @property
    def accuracies(self) -> list[float]:
        """The accuracy on each set, as fractions."""
        shares: list[float] = (self.right / self.size).tolist()
        return shares

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracies that the middle 95% of the sets lie between, as fractions."""
        low, high = np.quantile(self.right, (0.025, 0.975), method="nearest").tolist()
        return low / self.size, high / self.size

    @property
    def margin(self) -> float:
        """What the rule gives for half the interval: 1.96 standard errors, √(p (1 - p) / n) each."""
        return QUANTILE * math.sqrt(self.accuracy * (1 - self.accuracy) / self.size)

    def bars(self) -> Sequence[Bar]:
        """Return a histogram, from the worst set to the best; each bar has the same number of possible accuracies."""
        width = max(1, round(BIN * self.size))
        counts = np.bincount(self.right // width)
        first = int(self.right.min()) // width
        return [
            Bar((place * width - 0.5) / self.size, ((place + 1) * width - 0.5) / self.size, int(counts[place]))
            for place in range(first, len(counts))
        ]


def draw_sets(is_right: torch.Tensor, size: int, *, sets: int = SETS, seed: int = 0) -> SampledAccuracy:
    """Draw random sets from images, with replacement, and count the right answers in each.

    With replacement, the images stand for as many as one likes of the same kind. The number of right answers in such a
    set has a binomial distribution, so it is drawn at once instead of image by image.

    Args:
        is_right: whether the model is right about each image, (N,) bool.
        size: images in a set.
        sets: how many to draw.
        seed: of the sets.

    Raises:
        ValueError: there is no image, or the size or the number of sets is below 1.
    """
    if not len(is_right) or size < 1 or sets < 1:
        raise ValueError(f"need images, size and sets of 1 or more, got {len(is_right)}, {size} and {sets}")
    accuracy = float(is_right.double().mean())
    return SampledAccuracy(size, accuracy, np.random.default_rng(seed).binomial(size, accuracy, sets))


def span(accuracy: float) -> tuple[float, float]:
    """Return the ends of an axis, multiples of 0.05, that has room for the accuracies on sets of every size."""
    reach = max(4 * math.sqrt(accuracy * (1 - accuracy) / min(SIZES)), 0.05)
    return max(0.0, math.floor(20 * (accuracy - reach)) / 20), min(1.0, math.ceil(20 * (accuracy + reach)) / 20)
