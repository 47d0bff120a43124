"""What each line of the training loop is for: softmax regression trained by the loop of the course without one."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.progress import Progress

NOTHING, ZERO_GRAD, BACKWARD, STEP, SHUFFLING = "Nothing", "zero_grad()", "backward()", "step()", "Shuffling"
MISSING = (NOTHING, ZERO_GRAD, BACKWARD, STEP, SHUFFLING)
IMAGES = 5_000  # to train on
VALIDATION = 2_000  # images at the end of the split, which are not trained on
STEPS = 300
BATCH = 100  # images
RATE = 0.3  # learning rate, as in the course
EVERY = 10  # steps between evaluations


@dataclass(frozen=True)
class LoopRun:
    """What a training loop did.

    Attributes:
        missing: one of `MISSING`.
        steps: taken at each evaluation; the first is 0.
        losses: on the validation images, in nats.
        accuracies: on the validation images, as fractions.
    """

    missing: str
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    accuracies: tuple[float, ...]


def train_without(train: Split, missing: str, *, steps: int = STEPS, seed: int = 0) -> Progress[LoopRun]:
    """Train softmax regression from weights of 0 by a loop from which one line is missing.

    The images are sorted by label, as many data sets are, and the loop shuffles them in every epoch.

    Args:
        train: the first `IMAGES` are trained on; the last `VALIDATION`, but at most half of all, are for validation.
        missing: one of `MISSING`.
        steps: to take.
        seed: of the order of the images.

    Raises:
        ValueError: there is no such line, or there are fewer than two images.
    """
    if missing not in MISSING:
        raise ValueError(f"missing must be one of {', '.join(MISSING)}, got {missing!r}")
    if len(train) < 2:
        raise ValueError(f"training needs at least 2 images, got {len(train)}")
    kept = min(VALIDATION, len(train) // 2)
    known = train.first(min(IMAGES, len(train) - kept))
    images, labels = _as_floats(known.at(known.labels.argsort(stable=True)))
    validation = _as_floats(train.at(slice(len(train) - kept, None)))
    weights = torch.zeros(SIDE**2, CLASSES, requires_grad=True)
    bias = torch.zeros(CLASSES, requires_grad=True)
    optimiser = torch.optim.SGD([weights, bias], lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    order, points = torch.empty(0, dtype=torch.int64), []
    for step in range(steps + 1):
        if step % EVERY == 0 or step == steps:
            points.append((step, *_evaluated(*validation, weights, bias)))
            yield step / steps
        if step == steps:
            break
        if not len(order):
            is_sorted = missing == SHUFFLING
            order = torch.arange(len(labels)) if is_sorted else torch.randperm(len(labels), generator=generator)
        batch, order = order[:BATCH], order[BATCH:]
        with torch.enable_grad():
            loss = functional.cross_entropy(images[batch] @ weights + bias, labels[batch])
        if missing != ZERO_GRAD:
            optimiser.zero_grad()
        if missing != BACKWARD:
            loss.backward()
        if missing != STEP:
            optimiser.step()
    taken, losses, accuracies = zip(*points, strict=True)
    return LoopRun(missing, taken, losses, accuracies)


def _as_floats(split: Split) -> tuple[torch.Tensor, torch.Tensor]:
    return split.images.flatten(1).float() / 255, split.labels


@torch.no_grad()
def _evaluated(
    images: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, bias: torch.Tensor
) -> tuple[float, float]:
    logits = images @ weights + bias
    right = (logits.argmax(dim=1) == labels).float().mean()
    return float(functional.cross_entropy(logits, labels)), float(right)
