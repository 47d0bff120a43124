"""Adversarial examples: a picture changed by at most a few grey levels per pixel, so that a model misreads it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import MEAN, STD, denormalise
from mnist_core.progress import Progress

GREY_LEVELS = 255
SIZES = tuple(range(0, 97, 4))  # grey levels
STEPS = 10
STEP_SIZE = 2.5  # of one step, as a multiple of the size divided by the number of steps (Madry et al., section 4)
RANDOM_CHANGES = 25
CHUNK = 7  # pictures per step of a computation


@dataclass(frozen=True)
class Attack:
    """A picture changed on purpose, and at random, by each of some sizes.

    Attributes:
        sizes: S largest changes of a pixel, in grey levels of 255.
        answer: the model's answer for the picture itself.
        pictures: (S, 1, 28, 28) float32, normalised, changed on purpose.
        random_pictures: (S, 1, 28, 28) float32, normalised, changed at random.
        probabilities, random_probabilities: (S, 10) float32, the model's for them.
        random_fooled: for each size, how many of `RANDOM_CHANGES` random changes alter the answer.
    """

    sizes: Sequence[int]
    answer: int
    pictures: torch.Tensor
    random_pictures: torch.Tensor
    probabilities: torch.Tensor
    random_probabilities: torch.Tensor
    random_fooled: Sequence[int]


def attack(
    model: nn.Module,
    tensor: torch.Tensor,
    *,
    sizes: Sequence[int] = SIZES,
    steps: int = STEPS,
    temperature: float = 1.0,
    seed: int = 0,
) -> Progress[Attack]:
    """Change a picture so that the model gives another answer, and at random by the same sizes.

    Each change follows the sign of the gradient. With one step it is the fast gradient sign method (Goodfellow et al.,
    arXiv:1412.6572), with several it is projected gradient descent (Madry et al., arXiv:1706.06083), without a random
    start. The loss is the difference of logits between the best other answer and the model's own (Carlini and Wagner,
    arXiv:1608.04644), whose gradient does not vanish where the model is sure.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode.
        tensor: the picture, (1, 28, 28) float32, normalised.
        sizes: the largest changes of a pixel, in grey levels, 0 to 255.
        steps: 1 or more.
        temperature: divides the logits before the softmax.
        seed: of the random changes.

    Raises:
        ValueError: a size or the number of steps is out of range.
    """
    if steps < 1 or not all(0 <= size <= GREY_LEVELS for size in sizes):
        raise ValueError(f"sizes must be 0 to {GREY_LEVELS} and steps at least 1, got {list(sizes)} and {steps}")
    first = denormalise(tensor)
    limits = torch.tensor(sizes)[:, None, None, None] / GREY_LEVELS
    own = int(_logits(model, first[None]).argmax())
    chunks = (len(sizes) + CHUNK - 1) // CHUNK
    total = steps * chunks + RANDOM_CHANGES
    done = 0

    changed = first.repeat(len(sizes), 1, 1, 1)
    for start in range(0, len(sizes), CHUNK):
        part, limit = changed[start : start + CHUNK], limits[start : start + CHUNK]
        for _ in range(steps):
            stride = limit * (1.0 if steps == 1 else STEP_SIZE / steps)
            moved = part + stride * _ascent(model, part, own).sign()
            part = within(moved, first, limit)
            done += 1
            yield done / (total + 1)
        changed[start : start + CHUNK] = part

    generator = torch.Generator().manual_seed(seed)
    fooled = torch.zeros(len(sizes), dtype=torch.int64)
    shown = None
    for _ in range(RANDOM_CHANGES):
        random = random_change(first, limits, generator)
        shown = random if shown is None else shown
        fooled += _logits(model, random).argmax(dim=1) != own
        done += 1
        yield done / (total + 1)
    assert shown is not None
    probabilities, random_probabilities = (
        torch.softmax(_logits(model, each) / temperature, dim=1) for each in (changed, shown)
    )
    pictures, random_pictures = _as_input(changed), _as_input(shown)
    return Attack(
        tuple(sizes), own, pictures, random_pictures, probabilities, random_probabilities, tuple(fooled.tolist())
    )


def random_change(first: torch.Tensor, limits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Change each pixel of a picture by a size, up or down at random, as far as paper and ink allow.

    Args:
        first: the picture, (1, 28, 28) float32 in [0, 1].
        limits: (S, 1, 1, 1) float32, the sizes, as fractions of full ink.
        generator: source of the randomness.

    Returns:
        (S, 1, 28, 28) float32 in [0, 1]: the same signs for each size.
    """
    signs = torch.randint(0, 2, first.shape, generator=generator) * 2.0 - 1
    return within(first + limits * signs, first, limits)


def within(pictures: torch.Tensor, first: torch.Tensor, limits: torch.Tensor) -> torch.Tensor:
    """Bring pictures back into [0, 1], and each pixel to at most a limit from that of the first picture."""
    return torch.minimum(torch.maximum(pictures, first - limits), first + limits).clamp(0, 1)


def smallest_size(sizes: Sequence[int], probabilities: torch.Tensor, answer: int) -> int | None:
    """Return the smallest of some sizes, rising, at which a model's answer is another one; None when there is none.

    Args:
        sizes: S of them.
        probabilities: (S, 10), the model's for the picture changed by each size.
        answer: that for the picture itself.
    """
    others = (size for size, row in zip(sizes, probabilities, strict=True) if int(row.argmax()) != answer)
    return next(others, None)


def _ascent(model: nn.Module, pictures: torch.Tensor, own: int) -> torch.Tensor:
    """Return the gradient, at pictures in [0, 1], of the best other logit less the model's own one."""
    pictures = pictures.clone().requires_grad_()
    logits = model(_as_input(pictures))
    others = logits[:, [digit for digit in range(CLASSES) if digit != own]].amax(dim=1)
    (gradient,) = torch.autograd.grad((others - logits[:, own]).sum(), pictures)
    return gradient


@torch.no_grad()
def _logits(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = model(_as_input(pictures))
    return logits


def _as_input(pictures: torch.Tensor) -> torch.Tensor:
    return (pictures - MEAN) / STD
