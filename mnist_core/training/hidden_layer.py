"""What a hidden layer adds to a linear model: any width, with and without a ReLU, trained for a moment."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.models.networks import initialised, parameter_count
from mnist_core.progress import Progress

WIDTHS = (2, 4, 8, 16, 32, 64, 128)  # hidden units to choose from
STEPS = 600
BATCH = 100  # images, drawn with replacement
RATE = 3e-3  # of Adam (Kingma and Ba, arXiv:1412.6980)
VALIDATION = 5_000  # images at the end of the split, which are not trained on
EVERY = 20  # steps between two reports of progress


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
        train: the last `VALIDATION` images, but at most half of all, are kept for validation.
        width: hidden units; 0 for the linear model.
        has_relu: whether a ReLU follows the hidden layer.
        steps: to take.
        seed: of the initial weights and of the mini-batches.

    Raises:
        ValueError: the width is below 0, or there are fewer than two images.
    """
    if len(train) < 2:
        raise ValueError(f"training needs at least 2 images, got {len(train)}")
    kept = min(VALIDATION, len(train) // 2)
    known, others = len(train) - kept, train.at(slice(len(train) - kept, None))
    model = hidden_network(width, has_relu=has_relu, seed=seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        if step % EVERY == 0:
            yield step / steps
        chosen = torch.randint(known, (BATCH,), generator=generator)
        with torch.enable_grad():
            loss = functional.cross_entropy(model(train.images[chosen].float() / 255), train.labels[chosen])
            optimiser.zero_grad()
            loss.backward()
        optimiser.step()
    yield 1.0
    with torch.no_grad():
        answers = model(others.images.float() / 255).argmax(dim=1)
    accuracy = float((answers == others.labels).float().mean())
    return HiddenRun(width, has_relu and width > 0, parameter_count(model), accuracy)
