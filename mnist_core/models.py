"""The models, as tables of layers: each takes normalised digits (N, 1, 28, 28) and gives logits (N, 10)."""

import threading
from collections.abc import Callable

import torch
from torch import nn

CLASSES = 10


def linear() -> nn.Sequential:
    """Build softmax regression: the linear regression of the lesson, with ten outputs. 7,850 parameters."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, CLASSES),
    )


def mlp() -> nn.Sequential:
    """Build a multilayer perceptron with one hidden layer. 101,770 parameters."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, 128),
        nn.ReLU(),
        nn.Linear(128, CLASSES),
    )


def cnn() -> nn.Sequential:
    """Build a convolutional network that halves the picture three times. 70,906 parameters."""
    return nn.Sequential(
        # NOTE: the first layer moves by two pixels, as anything at 28x28 costs more than all that comes after it.
        *convolution(1, 16, size=5, stride=2),  # 28x28 -> 14x14
        *convolution(16, 32, pool=True),  # 14x14 -> 7x7
        *convolution(32, 64),
        *convolution(64, 64, stride=2),  # 7x7 -> 4x4
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, CLASSES),
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
MODELS: dict[str, Callable[[], nn.Sequential]] = {"linear": linear, "mlp": mlp, "cnn": cnn}


def build_model(name: str, seed: int = 0) -> nn.Sequential:
    """Build a model by its name in `MODELS`, with fresh weights that the seed alone decides.

    Raises:
        ValueError: no model has that name.
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}")
    with _INITIALISING, torch.random.fork_rng(devices=[]):  # PyTorch's layers know one generator, the process's own
        torch.manual_seed(seed)
        return MODELS[name]()


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters())
