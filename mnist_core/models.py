"""The models, as tables of layers: each takes normalised digits (N, 1, 28, 28) and gives logits (N, 10)."""

import threading
from collections.abc import Callable

import torch
from torch import nn

CLASSES = 10
WIDTH = 16  # channels of the cnn's first layer; the others grow with it


def linear(width: int = WIDTH) -> nn.Sequential:  # noqa: ARG001 - it has no layer that could be wider
    """Build softmax regression: the linear regression of the lesson, with ten outputs. 7,850 parameters."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, CLASSES),
    )


def mlp(width: int = WIDTH) -> nn.Sequential:
    """Build a multilayer perceptron with one hidden layer of 8 `width` units. 101,770 parameters at 16."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, 8 * width),
        nn.ReLU(),
        nn.Linear(8 * width, CLASSES),
    )


def cnn(width: int = WIDTH) -> nn.Sequential:
    """Build a convolutional network of `width` to 4 `width` channels. 75,706 parameters at 16."""
    return nn.Sequential(
        # NOTE: the first layer moves by two pixels, as anything at 28x28 costs more than all that comes after it.
        *convolution(1, width, size=5, stride=2),  # 28x28 -> 14x14
        *convolution(width, 2 * width),
        *convolution(2 * width, 2 * width, pool=True),  # 14x14 -> 7x7
        *convolution(2 * width, 4 * width),
        *convolution(4 * width, 4 * width),
        nn.MaxPool2d(2),  # 7x7 -> 3x3
        nn.Flatten(),
        nn.Linear(4 * width * 3 * 3, CLASSES),
    )


def convolution(
    channels_in: int, channels_out: int, *, size: int = 3, stride: int = 1, pool: bool = False
) -> list[nn.Module]:
    """Return one convolution of size x size pixels, normalised (Ioffe and Szegedy, arXiv:1502.03167) and rectified."""
    return [
        nn.Conv2d(channels_in, channels_out, size, stride, padding=size // 2, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),  # NOTE: before the normalisation, which then has a quarter of the pixels
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


_INITIALISING = threading.Lock()
MODELS: dict[str, Callable[[int], nn.Sequential]] = {"linear": linear, "mlp": mlp, "cnn": cnn}


def build_model(name: str, seed: int = 0, width: int = WIDTH) -> nn.Sequential:
    """Build a model by its name in `MODELS`, with fresh weights that the seed alone decides.

    Raises:
        ValueError: no model has that name.
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    with _INITIALISING, torch.random.fork_rng(devices=[]):  # PyTorch's layers know one generator, the process's own
        torch.manual_seed(seed)
        return MODELS[name](width)


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters())
