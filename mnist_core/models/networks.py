"""The models, as tables of layers: each takes normalised digits (N, 1, 28, 28) and gives logits (N, 10)."""

import math
import threading
from collections.abc import Callable
from itertools import chain, pairwise

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import MEAN, STD

WIDTH = 16  # channels of the cnn's first layer; the others grow with it
DEPTH = 2  # convolutions of the cnn at 6x6
TURN = 6.0  # degrees, of the outermost looks
PAPER = -MEAN / STD  # of a normalised digit


def linear(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:  # noqa: ARG001 - one layer has neither
    """Return softmax regression: the linear regression of the lesson, with ten outputs. 7,850 parameters."""
    return [
        nn.Flatten(),
        nn.Linear(28 * 28, CLASSES),
    ]


def mlp(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:  # noqa: ARG001 - one hidden layer is its point
    """Return a multilayer perceptron with one hidden layer of 8 `width` units. 101,770 parameters at 16."""
    return [
        nn.Flatten(),
        nn.Linear(28 * 28, 8 * width),
        nn.ReLU(),
        nn.Linear(8 * width, CLASSES),
    ]


def cnn(width: int = WIDTH, depth: int = DEPTH) -> list[nn.Module]:
    """Return a convolutional network of 2 + `depth` convolutions: 66,426 parameters at width 16 and depth 2."""
    return [
        # NOTE: the first layer moves by two pixels, as anything at 28x28 costs more than all that comes after it.
        # Without a border it sees all but the last row and column, and every later picture can be halved evenly.
        *convolution(1, width, size=5, stride=2, border=0),  # 28x28 -> 12x12
        *convolution(width, 2 * width, pool=True),  # 12x12 -> 6x6
        *stage(2 * width, 4 * width, depth),  # 6x6 -> 3x3
        nn.Flatten(),
        nn.Linear(4 * width * 3 * 3, CLASSES),
    ]


def stage(channels_in: int, channels_out: int, depth: int) -> list[nn.Module]:
    """Return `depth` convolutions at one resolution, of which the last halves it."""
    channels = [channels_in] + [channels_out] * depth
    blocks = [convolution(*pair, pool=place == depth) for place, pair in enumerate(pairwise(channels), start=1)]
    return list(chain.from_iterable(blocks))


def convolution(
    channels_in: int, channels_out: int, *, size: int = 3, stride: int = 1, border: int = 1, pool: bool = False
) -> list[nn.Module]:
    """Return one convolution, normalised (Ioffe and Szegedy, arXiv:1502.03167) and rectified.

    Args:
        channels_in, channels_out: how many.
        size: of the patch that it looks at, in px a side.
        stride: px from one patch to the next.
        border: px of padding on each side.
        pool: whether it ends with the largest of each 2x2.
    """
    return [
        nn.Conv2d(channels_in, channels_out, size, stride, padding=border, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),  # NOTE: before the normalisation, which then has a quarter of the pixels
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


class TestTimeRotations(nn.Module):
    """Shows the layers that follow each digit several times, turned a little to either side: a hand's slant varies.

    Test-time augmentation (Krizhevsky, Sutskever and Hinton, NeurIPS 2012, section 4.1), as a layer. While training it
    does nothing: there, `augmentation` varies the digits.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.angles = torch.linspace(-TURN, TURN, count).deg2rad().tolist()

    def forward(self, digits: torch.Tensor) -> torch.Tensor:
        """Turn (N, 1, 28, 28) normalised digits; in evaluation mode gives (count N, 1, 28, 28), look by look."""
        return digits if self.training else torch.cat([rotated(digits, angle) for angle in self.angles])


class MeanOverViews(nn.Module):
    """Averages what the layers before it made of the looks at each digit, (count N, D) to (N, D)."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Average the looks in evaluation mode; while training there is one look only."""
        return features if self.training else features.unflatten(0, (self.count, -1)).mean(dim=0)


def rotated(digits: torch.Tensor, angle: float) -> torch.Tensor:
    """Turn (N, 1, H, W) normalised digits about their middle by an angle in radians, clockwise on the screen."""
    if not angle:
        return digits
    cos, sin = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[[cos, sin, 0.0], [-sin, cos, 0.0]]], device=digits.device)
    grid = functional.affine_grid(turn, [1, 1, *digits.shape[2:]], align_corners=False)
    # NOTE: what comes in from outside is 0, which is paper only if paper is.
    inked = functional.grid_sample(digits - PAPER, grid.expand(len(digits), -1, -1, -1), align_corners=False)
    return inked + PAPER


_INITIALISING = threading.Lock()
MODELS: dict[str, Callable[[int, int], list[nn.Module]]] = {"linear": linear, "mlp": mlp, "cnn": cnn}


def build_model(name: str, seed: int = 0, width: int = WIDTH, depth: int = DEPTH, looks: int = 1) -> nn.Sequential:
    """Build a model by its name in `MODELS`, with fresh weights that the seed alone decides.

    Args:
        name: one of `MODELS`.
        seed: of its weights.
        width, depth: of its layers.
        looks: how often it looks at a digit before it answers, see `TestTimeRotations`.

    Raises:
        ValueError: no model has that name.
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    with _INITIALISING, torch.random.fork_rng(devices=[]):  # PyTorch's layers know one generator, the process's own
        torch.manual_seed(seed)
        *layers, last = MODELS[name](width, depth)
    # The features are averaged, and not the answers: the last layer is linear, so its logits are those of all looks.
    return (
        nn.Sequential(TestTimeRotations(looks), *layers, MeanOverViews(looks), last)
        if looks > 1
        else nn.Sequential(*layers, last)
    )


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters())
