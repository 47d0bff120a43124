"""The models as tables of layers: each maps normalised digits (N, 1, 28, 28) float32 to logits (N, 10)."""

import math
import threading
from collections.abc import Callable
from itertools import chain, pairwise
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES, DEPTH, WIDTH
from mnist_core.ink.normalisation import MEAN, STD

T = TypeVar("T")
MAX_VIEW_ROTATION = 6.0  # degrees, of the first and the last view
PAPER = -MEAN / STD  # the value of paper in a normalised digit


def linear(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:  # noqa: ARG001 - has neither width nor depth
    """Return softmax regression: one linear layer with ten outputs, 7,850 parameters."""
    return [
        nn.Flatten(),
        nn.Linear(28 * 28, CLASSES),
    ]


def mlp(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:  # noqa: ARG001 - has one hidden layer
    """Return a multilayer perceptron with one hidden layer of 8 `width` units: 101,770 parameters at width 16."""
    return [
        nn.Flatten(),
        nn.Linear(28 * 28, 8 * width),
        nn.ReLU(),
        nn.Linear(8 * width, CLASSES),
    ]


def cnn(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:
    """Return a convolutional network of 2 + `depth` convolutions: 66,426 parameters at width 16 and depth 2."""
    return [
        # NOTE: stride 2, because a layer at 28x28 costs more than all layers after it together.
        # Without padding it covers all but the last row and column, and every later feature map can be halved evenly.
        *convolution(1, width, size=5, stride=2, padding=0),  # 28x28 -> 12x12
        *convolution(width, 2 * width, pool=True),  # 12x12 -> 6x6
        *stage(2 * width, 4 * width, depth),  # 6x6 -> 3x3
        nn.Flatten(),
        nn.Linear(4 * width * 3 * 3, CLASSES),
    ]


def stage(channels_in: int, channels_out: int, depth: int) -> list[nn.Module]:
    """Return `depth` convolutions at one resolution; the last one halves it."""
    channels = [channels_in] + [channels_out] * depth
    blocks = [convolution(*pair, pool=number == depth) for number, pair in enumerate(pairwise(channels), start=1)]
    return list(chain.from_iterable(blocks))


def convolution(
    channels_in: int, channels_out: int, *, size: int = 3, stride: int = 1, padding: int = 1, pool: bool = False
) -> list[nn.Module]:
    """Return one convolution with batch normalisation (Ioffe and Szegedy, arXiv:1502.03167) and a ReLU.

    Args:
        channels_in, channels_out: number of channels.
        size: side of the kernel, in px.
        stride: in px.
        padding: on each side, in px.
        pool: whether to halve the resolution by max pooling.
    """
    return [
        nn.Conv2d(channels_in, channels_out, size, stride, padding=padding, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),  # NOTE: first, so that the normalisation has a quarter of the pixels
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


class TestTimeRotations(nn.Module):
    """Replaces each digit by several views of it, slightly rotated, because handwriting varies in slant.

    This is test-time augmentation (Krizhevsky, Sutskever and Hinton, NeurIPS 2012, section 4.1) as a layer. In training
    mode the digits are unchanged; `training.augmentation` varies them there.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.angles = torch.linspace(-MAX_VIEW_ROTATION, MAX_VIEW_ROTATION, count).deg2rad().tolist()

    def forward(self, digits: torch.Tensor) -> torch.Tensor:
        """Rotate (N, 1, 28, 28) normalised digits; in evaluation mode returns (count N, 1, 28, 28), view by view."""
        return digits if self.training else torch.cat([rotate(digits, angle) for angle in self.angles])


class MeanOverViews(nn.Module):
    """Averages the features of the views of each digit, (count N, D) to (N, D)."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Average the views in evaluation mode; in training mode there is only one."""
        return features if self.training else features.unflatten(0, (self.count, -1)).mean(dim=0)


def rotate(digits: torch.Tensor, angle: float) -> torch.Tensor:
    """Rotate (N, 1, H, W) normalised digits about their middle by an angle in radians, clockwise on the screen."""
    if not angle:
        return digits
    cos, sin = math.cos(angle), math.sin(angle)
    rotation = torch.tensor([[[cos, sin, 0.0], [-sin, cos, 0.0]]], device=digits.device)
    grid = functional.affine_grid(rotation, [1, 1, *digits.shape[2:]], align_corners=False)
    # NOTE: shape[0] and not len, which an export to ONNX would take for a constant.
    # NOTE: grid_sample fills with 0, so shift the digits to make 0 mean paper.
    ink = functional.grid_sample(digits - PAPER, grid.expand(digits.shape[0], -1, -1, -1), align_corners=False)
    return ink + PAPER


_INITIALISING = threading.Lock()  # PyTorch's layers draw their weights from the process's one global generator
MODELS: dict[str, Callable[[int, int], list[nn.Module]]] = {"linear": linear, "mlp": mlp, "cnn": cnn}


def initialised(build: Callable[[], T], seed: int) -> T:
    """Return the layers that a function builds, with initial weights that depend on the seed alone."""
    with _INITIALISING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def build_model(name: str, seed: int = 0, width: int = WIDTH, depth: int = DEPTH, views: int = 1) -> nn.Sequential:
    """Build a model with initial weights that depend on the seed alone.

    Args:
        name: one of `MODELS`.
        seed: of the initial weights.
        width, depth: see `WIDTH` and `DEPTH`.
        views: the number of test-time rotations of each digit, `TrainConfig.looks`; see `TestTimeRotations`.

    Raises:
        ValueError: there is no model of that name.
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    *layers, last = initialised(lambda: MODELS[name](width, depth), seed)
    if views == 1:
        return nn.Sequential(*layers, last)
    # The last layer is linear: averaging the features before it gives the mean of the logits over the views.
    return nn.Sequential(TestTimeRotations(views), *layers, MeanOverViews(views), last)


def parameter_count(model: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())
