"""What a convolution knows: an MLP and a CNN trained on images whose tiles are shuffled, in the same way in all."""

from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.models.networks import initialised
from mnist_core.progress import Progress
from mnist_core.training.short_training import ShortTraining

TILES = (28, 14, 7, 4, 2, 1)  # px, sides of a tile; 28 leaves the images as they are
MLP, CNN = "MLP", "CNN"
NETWORKS = (MLP, CNN)
HIDDEN = 64  # units of the MLP, half of the course's
KERNELS = (8, 16)  # of the CNN's two convolutions, half of the course's
STEPS = 150
TRAINING = ShortTraining(batch=50, rate=0.01, validation=2_000, every=5)


@dataclass(frozen=True)
class TileRun:
    """How good a network became on images of shuffled tiles.

    Attributes:
        network: one of `NETWORKS`.
        tile: side of a tile, in px.
        accuracy: on the validation images, shuffled in the same way, as a fraction.
    """

    network: str
    tile: int
    accuracy: float


def tile_order(tile: int, *, seed: int = 0) -> torch.Tensor:
    """Return which pixel comes to each place of an image when its tiles are shuffled.

    Args:
        tile: side of a tile, in px; one of `TILES`. An image of one tile stays as it is.
        seed: of the order.

    Returns:
        (784,) int64, every pixel once, row by row.

    Raises:
        ValueError: there are no tiles of that side.
    """
    if tile not in TILES:
        raise ValueError(f"tile must be one of {', '.join(map(str, TILES))} px, got {tile}")
    count = SIDE // tile
    pixels = torch.arange(SIDE**2).reshape(count, tile, count, tile).transpose(1, 2).flatten(0, 1)
    shuffled = pixels[torch.randperm(count**2, generator=torch.Generator().manual_seed(seed))]
    return shuffled.reshape(count, count, tile, tile).transpose(1, 2).flatten()


def shuffle_tiles(images: torch.Tensor, tile: int, *, seed: int = 0) -> torch.Tensor:
    """Return images (..., 28, 28) of any dtype with their tiles shuffled, see `tile_order`."""
    return images.flatten(-2)[..., tile_order(tile, seed=seed)].unflatten(-1, (SIDE, SIDE))


def small_network(name: str, seed: int = 0) -> nn.Sequential:
    """Return one of `NETWORKS`, half as wide as in the course.

    Returns:
        A model that maps (N, 28, 28) float32 in [0, 1] to logits (N, 10).

    Raises:
        ValueError: there is no network of that name.
    """
    if name not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {name!r}")

    def mlp() -> list[nn.Module]:
        return [nn.Flatten(), nn.Linear(SIDE**2, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES)]

    def cnn() -> list[nn.Module]:
        first, second = KERNELS
        return [
            nn.Unflatten(1, (1, SIDE)),
            *(nn.Conv2d(1, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(second * (SIDE // 4) ** 2, CLASSES)),
        ]

    return nn.Sequential(*initialised(mlp if name == MLP else cnn, seed))


def train_on_tiles(train: Split, network: str, tile: int, *, steps: int = STEPS, seed: int = 0) -> Progress[TileRun]:
    """Train a network, see `small_network`, on images of shuffled tiles with Adam.

    Args:
        train: images to train on, and for validation, see `ShortTraining`.
        network: one of `NETWORKS`.
        tile: side of a tile, in px; one of `TILES`.
        steps: to take.
        seed: of the initial weights, of the mini-batches and of the order of the tiles.

    Raises:
        ValueError: there is no such network or tile, or there are fewer than two images.
    """
    model, order = small_network(network, seed), tile_order(tile, seed=seed)

    def inputs(images: torch.Tensor) -> torch.Tensor:
        return (images.flatten(1)[:, order].float() / 255).unflatten(1, (SIDE, SIDE))

    accuracy = yield from TRAINING.train(model, train, inputs, steps=steps, seed=seed)
    return TileRun(network, tile, accuracy)
