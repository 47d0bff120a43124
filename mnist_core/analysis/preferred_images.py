"""The images that excite each unit of a layer most (Zeiler and Fergus, arXiv:1311.2901, section 4)."""

from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.analysis.cost import affordable, images_per_step, multiply_adds
from mnist_core.analysis.receptive_field import field_of
from mnist_core.analysis.unit_pictures import index_in_single_view, single_view
from mnist_core.constants import SIDE
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.progress import Progress

COUNT = 9  # images per unit
FADED = 0.4  # of the ink outside what a unit saw
LIT = 40  # grey value of paper within what a unit saw, of 255


@dataclass(frozen=True)
class PreferredImages:
    """The images that excite each unit of a layer most, the most exciting first.

    Attributes:
        numbers: (C, k) int64 indices of the images in their split, for C units.
        activations: (C, k) float32, the largest activation of the unit in each of them.
        places: (C, k, 2) int64, the row and column of that activation in the feature map; 0 for a layer without rows.
        searched: how many images were looked at.
    """

    numbers: torch.Tensor
    activations: torch.Tensor
    places: torch.Tensor
    searched: int


@torch.no_grad()
def preferred_images(model: nn.Sequential, split: Split, number: int, count: int = COUNT) -> Progress[PreferredImages]:
    """Find the images that excite each unit of a layer most, in one pass for all units.

    A channel's excitement is the largest activation in its feature map. The images are taken as they are, without
    test-time rotations. Of images that excite a unit equally, the first one is preferred.

    Args:
        model: in evaluation mode, on the CPU; not changed.
        split: the images to search; every n-th one for a model that would need long for all.
        number: the index of the layer in the model; its outputs are (N, C) or (N, C, H, W).
        count: k, images per unit.
    """
    layers = nn.Sequential(*list(single_view(model))[: index_in_single_view(model, number) + 1])
    cost = multiply_adds(layers)
    searched = affordable(split, cost)
    every, size = -(-len(split) // len(searched)), images_per_step(cost)
    best: list[torch.Tensor] = []  # activations, numbers and places
    for start in range(0, len(searched), size):
        activations, places = _largest(layers(normalise(searched.images[start : start + size])))
        numbers = every * (start + torch.arange(activations.shape[1])).expand(activations.shape)
        found = [activations, numbers, places]
        joined = [torch.cat(pair, dim=1) for pair in zip(best, found, strict=True)] if best else found
        # NOTE: a stable sort, so that equal activations keep the order of the images.
        order = joined[0].sort(dim=1, descending=True, stable=True).indices[:, :count]
        best = [values.gather(1, order) for values in joined]
        yield min(1.0, (start + size) / len(searched))
    activations, numbers, places = best
    width = _width(layers)
    return PreferredImages(numbers, activations, torch.stack([places // width, places % width], dim=2), len(searched))


def _largest(outputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the largest activation of each unit in each image, and its place in the flattened map, both (C, N)."""
    largest = outputs.reshape(*outputs.shape[:2], -1).max(dim=2)
    return largest.values.T, largest.indices.T


def _width(layers: nn.Sequential) -> int:
    """Return the width of the feature maps that layers make of an image; 1 when they make a vector."""
    shape = layers(torch.zeros(1, 1, SIDE, SIDE)).shape
    return int(shape[3]) if len(shape) == 4 else 1


def seen_parts(model: nn.Sequential, number: int, images: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Return images in which the part that a channel saw is lit, and the rest faded.

    The part is the receptive field of the place with the largest activation.

    Args:
        model: whose channel.
        number: the index of its layer in the model.
        images: (k, 28, 28) uint8.
        places: (k, 2) int64, row and column in the feature map, as in `PreferredImages.places`.

    Returns:
        (k, 28, 28) uint8.
    """
    layers = list(single_view(model))[: index_in_single_view(model, number) + 1]
    lit = LIT + images.float() * (255 - LIT) / 255
    shown = images.float() * FADED
    for at, (row, column) in enumerate(places.tolist()):
        box = field_of(layers, row, column)
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        shown[at, rows, columns] = lit[at, rows, columns]
    return shown.round().to(torch.uint8)
