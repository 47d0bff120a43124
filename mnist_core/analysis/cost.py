"""What a model costs per image, so that a long computation can be cut into short steps and kept within bounds."""

import torch
from torch import nn

from mnist_core.constants import SIDE
from mnist_core.data.split import Split

PER_STEP = 800_000_000  # multiply-adds of one step: 35 ms on one core of 2.5 GHz
MAX_BATCH = 500  # images; larger batches leave the processor's cache
LIMIT = 600_000_000_000  # multiply-adds of a whole computation: half a minute on the same core


@torch.no_grad()
def multiply_adds(model: nn.Sequential) -> int:
    """Return the multiply-adds of the convolutions and matrix products of a model for one image, over all its views.

    Args:
        model: layers from the image on; in evaluation mode.
    """
    outputs, count = torch.zeros(1, 1, SIDE, SIDE), 0
    for layer in model:
        outputs = layer(outputs)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            places = outputs.numel() // layer.weight.shape[0]  # views times positions
            count += layer.weight.numel() * places
    return count


def images_per_step(cost: int) -> int:
    """Return how many images make one step, 1 to `MAX_BATCH`.

    Args:
        cost: multiply-adds per image.
    """
    return max(1, min(MAX_BATCH, PER_STEP // max(1, cost)))


def affordable(split: Split, cost: int, limit: int = LIMIT) -> Split:
    """Return a split, or every n-th of its images when all of them would cost more than `limit`.

    Args:
        split: at least one image.
        cost: multiply-adds per image.
        limit: multiply-adds for all images together.
    """
    every = -(-len(split) * cost // limit)
    return split if every <= 1 else split.at(slice(None, None, min(every, len(split))))
