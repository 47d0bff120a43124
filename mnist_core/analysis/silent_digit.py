"""What accuracy hides: a model that never answers one digit, on test images among which that digit may be rare."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES
from mnist_core.models.evaluation import accuracy_by_class, confusion_matrix


@dataclass(frozen=True)
class Report:
    """How often answers are right, over all images and per digit.

    Attributes:
        accuracy: fraction of all images that are answered correctly.
        by_digit: fraction of each digit's images; 0 for a digit without images.
        counts: images of each digit.
    """

    accuracy: float
    by_digit: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def balanced(self) -> float:
        """The balanced accuracy: the mean over the digits that have images, each counting the same."""
        present = [share for share, count in zip(self.by_digit, self.counts, strict=True) if count]
        return sum(present) / len(present)


def report_without(
    probabilities: torch.Tensor, labels: torch.Tensor, digit: int | None, *, share: float = 1.0
) -> Report:
    """Report on answers from which one digit is removed: its images get the next best answer.

    Args:
        probabilities: of a model, (N, 10) float32.
        labels: (N,) int64.
        digit: is never answered; None to leave the answers as they are.
        share: of the images of the digit that stay, the first ones, at least one; the other digits keep all theirs.

    Raises:
        ValueError: there is no such digit, or no image, or the share is not in (0, 1].
    """
    if digit is not None and not 0 <= digit < CLASSES:
        raise ValueError(f"digit must be 0 to {CLASSES - 1}, got {digit}")
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    if not len(labels):
        raise ValueError("a report needs at least one image, got none")
    if digit is not None:
        probabilities = probabilities.clone()
        probabilities[:, digit] = -1  # below every probability
        places = (labels == digit).nonzero()[:, 0]
        kept = torch.ones(len(labels), dtype=torch.bool)
        kept[places[max(1, round(share * len(places))) :]] = False
        probabilities, labels = probabilities[kept], labels[kept]
    confusion = confusion_matrix(probabilities.argmax(dim=1), labels)
    right = float(confusion.diagonal().sum() / len(labels))
    rows: list[list[int]] = confusion.tolist()
    return Report(right, tuple(accuracy_by_class(rows)), tuple(map(sum, rows)))
