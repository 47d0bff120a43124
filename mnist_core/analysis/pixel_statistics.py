"""Statistics of a split's pixels: the mean image of each class, and the mean and standard deviation of all pixels."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES
from mnist_core.data.split import Split

LEVELS = 256  # grey levels of a byte


@dataclass(frozen=True)
class PixelStatistics:
    """Statistics of all pixels of a split, with values in [0, 1].

    Attributes:
        count: the number of pixels.
        mean, std: of the pixel values; the standard deviation is that of the population.
        blank: the fraction of pixels that are exactly 0, which is paper.
    """

    count: int
    mean: float
    std: float
    blank: float


def pixel_statistics(images: torch.Tensor) -> PixelStatistics:
    """Compute the statistics of all pixels of (N, 28, 28) uint8 images.

    The pixels are first counted by value, so the sums are precise and need little memory.

    Raises:
        ValueError: there are no images.
    """
    if not images.numel():
        raise ValueError("pixel statistics need at least one image, got none")
    counts = torch.bincount(images.flatten(), minlength=LEVELS).double()
    levels = torch.arange(LEVELS, dtype=torch.float64) / (LEVELS - 1)
    share = counts / counts.sum()
    mean = float(share @ levels)
    std = float((share @ (levels - mean) ** 2).sqrt())
    return PixelStatistics(images.numel(), mean, std, float(share[0]))


def mean_images(split: Split) -> torch.Tensor:
    """Return the mean image of each class, (10, 28, 28) float32 in [0, 1]; all 0 for a class without images."""
    sums = [split.images[split.labels == label].sum(dim=0, dtype=torch.int64) for label in range(CLASSES)]
    counts = torch.bincount(split.labels, minlength=CLASSES).clamp(min=1)
    return torch.stack(sums).float() / (counts * (LEVELS - 1))[:, None, None]
