"""Answer only when sure: how many images a model then answers, and how many of its answers are right."""

import math
from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES

Z = 1.96  # standard errors on both sides of a share, for an interval that covers the true one in 95% of cases


@dataclass(frozen=True)
class SureAnswers:
    """What a model answers when it has to be sure.

    Attributes:
        threshold: the probability that an answer needs.
        images: all, or those of one digit.
        answered: answers that are given, of any digit or of that one.
        right: answers of these that are right.
    """

    threshold: float
    images: int
    answered: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of the answers that is right; of all digits, the accuracy among the images that are answered.

        None when there are no answers.
        """
        return self.right / self.answered if self.answered else None

    @property
    def recall(self) -> float | None:
        """The share of the images that is answered correctly; None when there are no images."""
        return self.right / self.images if self.images else None

    @property
    def margin(self) -> float:
        """`Z` standard errors of the precision; 0 when there are no answers."""
        share = self.precision
        return 0.0 if share is None else Z * math.sqrt(share * (1 - share) / self.answered)


def answers_when_sure(
    probabilities: torch.Tensor, labels: torch.Tensor, threshold: float, digit: int | None = None
) -> SureAnswers:
    """Count the answers whose probability is at least the threshold.

    Args:
        probabilities: of a model, (N, 10) float32.
        labels: (N,) int64.
        threshold: in [0, 1].
        digit: to count only this digit's images and the answers that are this digit; None for all.

    Raises:
        ValueError: there is no such digit, or the threshold is not in [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be in [0, 1], got {threshold}")
    if digit is not None and not 0 <= digit < CLASSES:
        raise ValueError(f"digit must be 0 to {CLASSES - 1}, got {digit}")
    confidence, answers = probabilities.max(dim=1)
    is_given = confidence >= threshold
    if digit is not None:
        is_given &= answers == digit
    images = len(labels) if digit is None else int((labels == digit).sum())
    return SureAnswers(threshold, images, int(is_given.sum()), int((is_given & (answers == labels)).sum()))
