"""The mistakes of the failure labs: pure functions from a split to a split, and a layer for unprepared images."""

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.models.config import TrainConfig
from mnist_core.training.subset import training_subset

MAX_LEVEL = 255  # of a pixel: ink


def inverted(split: Split) -> Split:
    """Return the images with dark ink on white paper: a pixel x in [0, 1] becomes 1 - x."""
    return replace(split, images=MAX_LEVEL - split.images)


def shifted(split: Split, pixels: int) -> Split:
    """Return the images moved to the right; paper fills the left edge.

    Args:
        split: images and their labels.
        pixels: how far, 0 to the width of an image, in px.

    Raises:
        ValueError: the distance is not in that range.
    """
    width = split.images.shape[2]
    if not 0 <= pixels <= width:
        raise ValueError(f"an image can be shifted by 0 to {width} px, got {pixels}")
    return replace(split, images=functional.pad(split.images[:, :, : width - pixels], (pixels, 0)))


def squashed(split: Split, width: int) -> Split:
    """Return the images squeezed to a smaller width, in the middle, as a wide canvas that is resized to a square.

    Each new pixel is the mean of the area that it covers.

    Args:
        split: images and their labels.
        width: of the squeezed image, 1 to the width of an image, in px.

    Raises:
        ValueError: the width is not in that range.
    """
    height, full = split.images.shape[1:]
    if not 1 <= width <= full:
        raise ValueError(f"an image can be squashed to 1 to {full} px, got {width}")
    narrow = functional.interpolate(split.images[:, None].float(), (height, width), mode="area")[:, 0]
    left = (full - width) // 2
    images = functional.pad(narrow.round().to(torch.uint8), (left, full - width - left))
    return replace(split, images=images)


def only_first(split: Split, count: int) -> Split:
    """Return a split of the same size that holds only the first images, again and again.

    So a model takes as many steps as with all images, but sees each of these more often.

    Args:
        split: images and their labels.
        count: how many different images, 1 or more.

    Raises:
        ValueError: the count is below 1.
    """
    if count < 1:
        raise ValueError(f"a model needs 1 or more training images, got {count}")
    return split.at(torch.arange(len(split)) % count)


def without_digit(split: Split, digit: int) -> Split:
    """Return the images of all other digits, in the same order."""
    return split.at((split.labels != digit).nonzero()[:, 0])


def mislabelled(split: Split, share: float, seed: int = 0) -> Split:
    """Return the images with a share of wrong labels, each drawn uniformly from the other nine digits.

    Args:
        split: images and their labels.
        share: of the images whose label becomes wrong, a fraction.
        seed: decides which images these are, and their labels.

    Raises:
        ConfigError: the share is not a fraction.
    """
    return training_subset(split, TrainConfig("linear", label_noise=share, seed=seed))


class RawPixels(nn.Module):
    """Undoes the normalisation in front of a model, which so learns from the bytes of the images, 0 to 255."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (N, 1, 28, 28) float32 in [0, 255] for normalised inputs of that shape."""
        return (inputs * STD + MEAN) * MAX_LEVEL
