"""Train the OOD detector on digits of several kinds and on non-digits.

Outlier exposure (Hendrycks, Mazeika and Dietterich, arXiv:1812.04606) adds non-digits to the training data.
`examples` makes them and the digits.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.ood_training.examples import (
    COUNTS,
    DIGIT_GROUPS,
    RANDOM_FAMILIES,
    STAND_INS,
    Examples,
    far_from_digits,
    make_group,
)
from mnist_core.recognition.ood_detector import NOT_A_DIGIT
from mnist_core.training.augmentation import augment
from mnist_core.training.handwriting_styles import UNSTYLED

MIX = (56, 24, 32, 16, 128)  # images per mini-batch: of MNIST, of each of `DIGIT_GROUPS`, and non-digits
STEPS, LEARNING_RATE, WEIGHT_DECAY = 2_500, 0.01, 0.01
STRENGTHS = (0.0, 0.5, 1.0)  # of augmentation; one is drawn per mini-batch
MAX_SIMILARITY = 0.9  # cosine; a quarter of all digits is less similar than this to every digit compared with
COMPARED_DIGITS = 10_000  # of MNIST, and as many stand-in digits


@dataclass(frozen=True)
class OODTrainingReport:
    """The progress of the training.

    Attributes:
        activity: what it is doing, in words.
        done, total: groups made or steps taken so far, and in all.
        loss: mean cross-entropy of the mini-batch, in nats; None while the examples are made.
    """

    activity: str
    done: int
    total: int
    loss: float | None = None


def train_ood_detector(
    train: Split,
    seed: int,
    ood_detector: nn.Module,
    *,
    without: Collection[str] = (),
    size: float = 1.0,
    cache: dict[str, Examples] | None = None,
) -> Iterator[OODTrainingReport]:
    """Train an OOD detector in place and yield a report per group of examples and per step.

    Args:
        train: MNIST's training images, without those that will be used to choose the threshold.
        seed: makes the run repeatable.
        ood_detector: a model from `build_ood_detector`.
        without: groups of non-digits to leave out, names in `examples.COUNTS`.
        size: factor on the number of examples and of steps; 1 is that of the shipped detector.
        cache: groups by name, made earlier with the same digits, seed and size; groups that are missing are added.
    """
    cache = {} if cache is None else cache
    names = [name for name in COUNTS if name not in without]
    for done, name in enumerate(names):
        yield OODTrainingReport(f"making {name}", done, len(names))
        if name not in cache:
            cache[name] = make_group(name, train, seed, size)
    # Drop the random figures that look like digits.
    digits = torch.cat([train.images[:COMPARED_DIGITS], cache[STAND_INS].images[:COMPARED_DIGITS]])
    for name in (name for name in RANDOM_FAMILIES if name in names):
        images = cache[name].images[far_from_digits(cache[name].images, digits, MAX_SIMILARITY)]
        cache[name] = Examples(images, cache[name].labels[: len(images)])
    nondigits = Examples.concatenate([cache[name] for name in names if name not in DIGIT_GROUPS])
    groups = [Examples(train.images, train.labels), *(cache[name] for name in DIGIT_GROUPS), nondigits]
    yield from _train(ood_detector, groups, max(8, round(STEPS * size)), torch.Generator().manual_seed(seed))


def _train(
    ood_detector: nn.Module, groups: Sequence[Examples], steps: int, generator: torch.Generator
) -> Iterator[OODTrainingReport]:
    """Train on mini-batches with `MIX` images from the groups."""
    ood_detector.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(ood_detector.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.2)
    for step in range(1, steps + 1):
        batch = Examples.concatenate(
            [_sample(group, count, generator) for group, count in zip(groups, MIX, strict=True)]
        )
        strength = STRENGTHS[int(torch.randint(len(STRENGTHS), (1,), generator=generator))]
        # Only digits have styles: without them, zeros with a slash would be flagged.
        styles = batch.labels.where(batch.labels != NOT_A_DIGIT, UNSTYLED)
        inputs = augment(batch.images, strength, generator, styles).contiguous(memory_format=torch.channels_last)
        loss = functional.cross_entropy(ood_detector(inputs), batch.labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        yield OODTrainingReport("training", step, steps, float(loss.detach()))
    ood_detector.eval()


def _sample(group: Examples, count: int, generator: torch.Generator) -> Examples:
    """Draw `count` examples of a group, with replacement."""
    chosen = torch.randint(len(group.images), (count,), generator=generator)
    return Examples(group.images[chosen], group.labels[chosen])
