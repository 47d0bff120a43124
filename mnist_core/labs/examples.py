"""A few images that show how the broken twin's data differ from the healthy one's."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES
from mnist_core.labs.experiment import Setup


@dataclass(frozen=True)
class Example:
    """One image as a twin gets it.

    Attributes:
        image: (28, 28) uint8; None where there is none.
        label: as the twin is told, or the label of which there is no image.
        is_wrong: whether the label is not the right one.
    """

    image: torch.Tensor | None
    label: int
    is_wrong: bool = False


def examples(healthy: Setup, broken: Setup, count: int = CLASSES) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return examples for the healthy and for the broken twin; none where both have the same images and labels.

    These are the same test images where those differ; else training images: the first ones where the labels differ,
    and one per digit where a digit is missing.

    Args:
        healthy, broken: the twins, see `compare`.
        count: how many of each at most.
    """
    if not torch.equal(healthy.test.images, broken.test.images):
        return _first(healthy.test.images, healthy.test.labels, count), _first(
            broken.test.images, broken.test.labels, count
        )
    if healthy.train is broken.train:
        return (), ()
    if torch.equal(healthy.train.images, broken.train.images):
        right = healthy.train.labels[:count].tolist()
        return _first(healthy.train.images, healthy.train.labels, count), tuple(
            Example(example.image, example.label, example.label != label)
            for example, label in zip(_first(broken.train.images, broken.train.labels, count), right, strict=True)
        )
    if set(broken.train.labels.tolist()) < set(healthy.train.labels.tolist()):
        return _one_per_digit(healthy, healthy)[:count], _one_per_digit(broken, healthy)[:count]
    return (), ()


def _first(images: torch.Tensor, labels: torch.Tensor, count: int) -> tuple[Example, ...]:
    # NOTE: copies, as a view would keep all images of an altered split in memory for as long as the examples are.
    return tuple(Example(image.clone(), label) for image, label in zip(images[:count], labels.tolist(), strict=False))


def _one_per_digit(setup: Setup, healthy: Setup) -> tuple[Example, ...]:
    """Return the healthy twin's first image of each digit that a twin learns."""
    learned = set(setup.train.labels.tolist())
    places = {digit: (healthy.train.labels == digit).nonzero()[:1, 0].tolist() for digit in range(CLASSES)}
    return tuple(
        Example(healthy.train.images[place[0]].clone() if place and digit in learned else None, digit)
        for digit, place in places.items()
    )
