"""What a hidden layer adds to a linear model: any width, with and without a ReLU, trained for a moment."""

from dataclasses import dataclass

from torch import nn

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.models.networks import initialised, parameter_count
from mnist_core.progress import Progress
from mnist_core.training.short_training import ShortTraining

WIDTHS = (2, 4, 8, 16, 32, 64, 128)  # hidden units to choose from
STEPS = 600
TRAINING = ShortTraining(batch=100, rate=3e-3, validation=5_000, every=20)


@dataclass(frozen=True)
class HiddenRun:
    """How good a network became.

    Attributes:
        width: hidden units; 0 for the linear model, which has no hidden layer.
        has_relu: whether a ReLU follows the hidden layer.
        parameters: how many it has.
        accuracy: on the validation images, as a fraction.
    """

    width: int
    has_relu: bool
    parameters: int
    accuracy: float


def hidden_network(width: int, *, has_relu: bool, seed: int = 0) -> nn.Sequential:
    """Return a network with one hidden layer, or the linear model.

    Args:
        width: hidden units; 0 for the linear model.
        has_relu: whether a ReLU follows the hidden layer.
        seed: of the initial weights.

    Returns:
        A model that maps (N, 28, 28) float32 in [0, 1] to logits (N, 10).

    Raises:
        ValueError: the width is below 0.
    """
    if width < 0:
        raise ValueError(f"width must be at least 0 hidden units, got {width}")

    def layers() -> list[nn.Module]:
        if not width:
            return [nn.Flatten(), nn.Linear(SIDE**2, CLASSES)]
        activation = [nn.ReLU()] if has_relu else []
        return [nn.Flatten(), nn.Linear(SIDE**2, width), *activation, nn.Linear(width, CLASSES)]

    return nn.Sequential(*initialised(layers, seed))


def train_hidden(train: Split, width: int, *, has_relu: bool, steps: int = STEPS, seed: int = 0) -> Progress[HiddenRun]:
    """Train a network with one hidden layer, see `hidden_network`, with Adam.

    Args:
        train: images to train on, and for validation, see `ShortTraining`.
        width: hidden units; 0 for the linear model.
        has_relu: whether a ReLU follows the hidden layer.
        steps: to take.
        seed: of the initial weights and of the mini-batches.

    Raises:
        ValueError: the width is below 0, or there are fewer than two images.
    """
    model = hidden_network(width, has_relu=has_relu, seed=seed)
    accuracy = yield from TRAINING.train(model, train, lambda images: images.float() / 255, steps=steps, seed=seed)
    return HiddenRun(width, has_relu and width > 0, parameter_count(model), accuracy)
