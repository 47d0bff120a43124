"""How the gate is trained: on digits of all kinds, and on what is none.

Outlier exposure (Hendrycks, Mazeika and Dietterich, arXiv:1812.04606) shows non-digits while training; `exposure` makes
them, and the digits beside them.
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
from mnist_core.training.augmentation import augment

MIX = (56, 24, 32, 16, 128)  # of a mini-batch: MNIST's images, then each of `DIGIT_GROUPS`, then non-digits
STEPS, LEARNING_RATE, WEIGHT_DECAY = 2_500, 0.01, 0.01
STRENGTHS = (0.0, 0.5, 1.0)  # of augmentation, one drawn for every mini-batch
NEAREST = 0.9  # cosine; a quarter of all digits is further than that from every digit compared with
COMPARED = 10_000  # of MNIST's digits and as many stand-ins


@dataclass(frozen=True)
class OODTrainingReport:
    """How far the training is: what it does, `done` out of `whole`, and the mini-batch's mean loss in nats."""

    doing: str
    done: int
    whole: int
    loss: float | None = None


def train_ood_detector(
    train: Split,
    seed: int,
    ood_detector: nn.Module,
    *,
    without: Collection[str] = (),
    size: float = 1.0,
    bank: dict[str, Examples] | None = None,
) -> Iterator[OODTrainingReport]:
    """Train a gate in place and report progress; it holds the trained weights once the last report has been taken.

    Args:
        train: MNIST's training images, less those that the threshold is to be chosen on.
        seed: makes the run repeatable.
        gate: what `build_ood_detector` gives.
        without: families of non-digits to leave out, names in `exposure.COUNTS`.
        size: how many examples and steps, 1 being the shipped gate's.
        bank: parts that `exposure.make_group` made of the same digits, seed and size; the others are added to it.
    """
    bank = {} if bank is None else bank
    names = [name for name in COUNTS if name not in without]
    for done, name in enumerate(names):
        yield OODTrainingReport(f"making {name}", done, len(names))
        if name not in bank:
            bank[name] = make_group(name, train, seed, size)
    known = torch.cat([train.images[:COMPARED], bank[STAND_INS].images[:COMPARED]])
    for name in (name for name in RANDOM_FAMILIES if name in names):
        images = bank[name].images[far_from_digits(bank[name].images, known, NEAREST)]
        bank[name] = Examples(images, bank[name].labels[: len(images)])
    outliers = [bank[name] for name in names if name not in DIGIT_GROUPS]
    lots = [Examples(train.images, train.labels), *(bank[name] for name in DIGIT_GROUPS), _joined(outliers)]
    yield from _descend(ood_detector, lots, max(8, round(STEPS * size)), torch.Generator().manual_seed(seed))


def _joined(parts: Sequence[Examples]) -> Examples:
    return Examples(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))


def _descend(
    ood_detector: nn.Module, lots: Sequence[Examples], steps: int, generator: torch.Generator
) -> Iterator[OODTrainingReport]:
    """Train on mini-batches of `MIX` images from each lot; the last lot holds the non-digits."""
    ood_detector.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(ood_detector.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.2)
    for step in range(1, steps + 1):
        drawn = _joined([_some(lot, count, generator) for lot, count in zip(lots, MIX, strict=True)])
        strength = STRENGTHS[int(torch.randint(len(STRENGTHS), (1,), generator=generator))]
        inputs = augment(drawn.images, strength, generator).contiguous(memory_format=torch.channels_last)
        # Half the digits of a number are enough for convolutions, and some processors are twice as fast with them.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = ood_detector(inputs)
        loss = functional.cross_entropy(logits.float(), drawn.labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        yield OODTrainingReport("training", step, steps, float(loss.detach()))
    ood_detector.eval()


def _some(lot: Examples, count: int, generator: torch.Generator) -> Examples:
    chosen = torch.randint(len(lot.images), (count,), generator=generator)
    return Examples(lot.images[chosen], lot.labels[chosen])
