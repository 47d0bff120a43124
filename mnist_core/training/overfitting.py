"""Overfitting, seen live: a perceptron trained on few images, and its accuracy on them and on images kept aside."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import build_model
from mnist_core.progress import Progress

SIZES = (50, 100, 250, 500, 1_000, 2_500, 5_000)  # images to train on
VALIDATION = 2_000  # images at the end of the split, which are not trained on
STEPS = 600
POINTS = 30  # evaluations; the steps between them grow
BATCH = 64  # images, or all when there are fewer
RATE = 1e-3  # of Adam (Kingma and Ba, arXiv:1412.6980)


@dataclass(frozen=True)
class OverfittingRun:
    """How a model did on the images that it was trained on, and on others.

    Attributes:
        images: trained on.
        kept: images that were kept aside for validation.
        steps: taken at each evaluation; the first is 0.
        accuracies: on the images trained on, as fractions.
        losses: on the images trained on, in nats.
        validation_accuracies: on the images kept aside, as fractions.
        validation_losses: on the images kept aside, in nats.
    """

    images: int
    kept: int
    steps: tuple[int, ...]
    accuracies: tuple[float, ...]
    losses: tuple[float, ...]
    validation_accuracies: tuple[float, ...]
    validation_losses: tuple[float, ...]

    @property
    def gap(self) -> float:
        """The accuracy on the images trained on, minus that on the others, in the end."""
        return self.accuracies[-1] - self.validation_accuracies[-1]


def train_on_few(train: Split, count: int, *, steps: int = STEPS, seed: int = 0) -> Progress[OverfittingRun]:
    """Train the mlp on the first `count` images of a split, with Adam and mini-batches of `BATCH`.

    Args:
        train: the last `VALIDATION` images, but at most half of all, are kept for validation.
        count: how many images to train on; fewer where the split has fewer besides those that are kept.
        steps: to take.
        seed: of the initial weights and of the order of the images.

    Raises:
        ValueError: there is nothing to train on or to validate with.
    """
    kept = min(VALIDATION, len(train) // 2)
    count = min(count, len(train) - kept)
    if count < 1 or kept < 1:
        raise ValueError(f"training and validation need at least one image each, got {count} and {kept}")
    known, others = train.first(count), train.at(slice(len(train) - kept, None))
    inputs, validation_inputs = normalise(known.images), normalise(others.images)
    model = build_model("mlp", seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    evaluated_at = sorted({round(steps * (place / POINTS) ** 2) for place in range(POINTS + 1)})
    points = []
    order = torch.empty(0, dtype=torch.int64)
    for step in range(steps + 1):
        if step in evaluated_at:
            on_known = _evaluated(model, inputs, known.labels)
            points.append((step, *on_known, *_evaluated(model, validation_inputs, others.labels)))
            yield step / steps
        if step == steps:
            break
        if not len(order):
            order = torch.randperm(count, generator=generator)
        batch, order = order[:BATCH], order[BATCH:]
        with torch.enable_grad():
            loss = functional.cross_entropy(model(inputs[batch]), known.labels[batch])
            optimiser.zero_grad()
            loss.backward()
        optimiser.step()
    taken, accuracies, losses, validation_accuracies, validation_losses = zip(*points, strict=True)
    return OverfittingRun(count, kept, taken, accuracies, losses, validation_accuracies, validation_losses)


@torch.no_grad()
def _evaluated(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    logits = model(inputs)
    return float((logits.argmax(dim=1) == labels).float().mean()), float(functional.cross_entropy(logits, labels))
