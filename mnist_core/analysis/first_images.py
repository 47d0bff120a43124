"""The first images of a split: how many of each digit, and how much memory they need."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES, SIDE


@dataclass(frozen=True)
class FirstImages:
    """What can be said of the first images of a split.

    Attributes:
        counts: images of each label.
    """

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All images."""
        return sum(self.counts)

    @property
    def shares(self) -> tuple[float, ...]:
        """The fraction of the images that each label has."""
        return tuple(count / self.total for count in self.counts)

    @property
    def missing(self) -> tuple[int, ...]:
        """The labels that no image has."""
        return tuple(label for label, count in enumerate(self.counts) if not count)

    @property
    def most_frequent(self) -> int:
        """The label that most images have; of several, the first."""
        return max(range(CLASSES), key=lambda label: self.counts[label])

    @property
    def rarest(self) -> int:
        """The label that fewest images have; of several, the first."""
        return min(range(CLASSES), key=lambda label: self.counts[label])

    @property
    def memory(self) -> int:
        """The memory that the images need with one byte per pixel, in bytes."""
        return self.total * SIDE**2


def count_first(labels: torch.Tensor, count: int) -> FirstImages:
    """Count the labels of the first images.

    Args:
        labels: (N,) int64 in 0 to 9.
        count: of images, 1 to N.

    Raises:
        ValueError: there are not that many images.
    """
    if not 1 <= count <= len(labels):
        raise ValueError(f"count must be 1 to {len(labels):,}, got {count}")
    return FirstImages(tuple(torch.bincount(labels[:count], minlength=CLASSES).tolist()))
