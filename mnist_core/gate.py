"""The gate: a tiny model of its own that says whether a drawing is a digit at all, whatever model then reads it.

A classifier of ten digits calls a heart a digit with high confidence. Outlier exposure (Hendrycks, Mazeika and
Dietterich, arXiv:1812.04606) shows non-digits while training; here they are the eleventh class. That the gate must also
tell the ten apart makes it know digits better: it flags more of what is new to it than a gate that only says yes or no.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from .augmentation import augment
from .data import Split
from .exposure import BY_CHANCE, COUNTS, DIGITS_SHOWN, NO_DIGIT, WRITTEN, Examples, far_from_digits, make_part
from .models import convolution
from .storage import ASSETS, CARD, WEIGHTS, load_weights, read_json

MIX = (56, 24, 32, 16, 128)  # of a mini-batch: MNIST's images, then each of `DIGITS_SHOWN`, then non-digits
STEPS, LEARNING_RATE, WEIGHT_DECAY = 2_500, 0.01, 0.01
STRENGTHS = (0.0, 0.5, 1.0)  # of augmentation, one drawn for every mini-batch
NEAREST = 0.9  # cosine; a quarter of all digits is further than that from every digit compared with
COMPARED = 10_000  # of MNIST's digits and as many stand-ins
FLAGGED = 0.01  # share of known digits that the threshold gives away; other hands lose up to twice as many
SCORED_AT_ONCE = 500  # images


def build_gate() -> nn.Sequential:
    """Build the gate with fresh weights: (N, 1, 28, 28) normalised in, (N, 11) logits out, the last for no digit."""
    return nn.Sequential(
        *convolution(1, 16, pool=True),  # 28x28 -> 14x14
        *convolution(16, 32, pool=True),  # 14x14 -> 7x7
        *convolution(32, 64, pool=True),  # 7x7 -> 3x3
        nn.Flatten(),
        nn.Linear(64 * 3 * 3, NO_DIGIT + 1),
    )


@dataclass(frozen=True)
class GateReport:
    """How far the training is: what it does, `done` out of `whole`, and the mini-batch's mean loss in nats."""

    doing: str
    done: int
    whole: int
    loss: float | None = None


def train_gate(
    train: Split,
    seed: int,
    gate: nn.Module,
    *,
    without: Collection[str] = (),
    size: float = 1.0,
    bank: dict[str, Examples] | None = None,
) -> Iterator[GateReport]:
    """Train a gate in place and report progress; it holds the trained weights once the last report has been taken.

    Args:
        train: MNIST's training images, less those that the threshold is to be chosen on.
        seed: makes the run repeatable.
        gate: what `build_gate` gives.
        without: families of non-digits to leave out, names in `exposure.COUNTS`.
        size: how many examples and steps, 1 being the shipped gate's.
        bank: parts that `exposure.make_part` made of the same digits, seed and size; the others are added to it.
    """
    bank = {} if bank is None else bank
    names = [name for name in COUNTS if name not in without]
    for done, name in enumerate(names):
        yield GateReport(f"making {name}", done, len(names))
        if name not in bank:
            bank[name] = make_part(name, train, seed, size)
    known = torch.cat([train.images[:COMPARED], bank[WRITTEN].images[:COMPARED]])
    for name in (name for name in BY_CHANCE if name in names):
        images = bank[name].images[far_from_digits(bank[name].images, known, NEAREST)]
        bank[name] = Examples(images, bank[name].labels[: len(images)])
    outliers = [bank[name] for name in names if name not in DIGITS_SHOWN]
    lots = [Examples(train.images, train.labels), *(bank[name] for name in DIGITS_SHOWN), _joined(outliers)]
    yield from _descend(gate, lots, max(8, round(STEPS * size)), torch.Generator().manual_seed(seed))


def _joined(parts: Sequence[Examples]) -> Examples:
    return Examples(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))


def _descend(gate: nn.Module, lots: Sequence[Examples], steps: int, generator: torch.Generator) -> Iterator[GateReport]:
    """Train on mini-batches of `MIX` images from each lot; the last lot holds the non-digits."""
    gate.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(gate.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.2)
    for step in range(1, steps + 1):
        drawn = _joined([_some(lot, count, generator) for lot, count in zip(lots, MIX, strict=True)])
        strength = STRENGTHS[int(torch.randint(len(STRENGTHS), (1,), generator=generator))]
        inputs = augment(drawn.images, strength, generator).contiguous(memory_format=torch.channels_last)
        # Half the digits of a number are enough for convolutions, and some processors are twice as fast with them.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = gate(inputs)
        loss = functional.cross_entropy(logits.float(), drawn.labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        yield GateReport("training", step, steps, float(loss.detach()))
    gate.eval()


def _some(lot: Examples, count: int, generator: torch.Generator) -> Examples:
    chosen = torch.randint(len(lot.images), (count,), generator=generator)
    return Examples(lot.images[chosen], lot.labels[chosen])


@torch.no_grad()
def digit_score(gate: nn.Module, tensors: torch.Tensor) -> torch.Tensor:
    """Return how likely each drawing is a digit: (N,) float32 in [0, 1], for (N, 1, 28, 28) normalised tensors.

    It is a score to hold against the card's threshold; as a probability it would depend on how often people draw
    non-digits. The gate is left in evaluation mode.
    """
    gate.eval()
    return torch.cat([1 - gate(batch).softmax(dim=1)[:, NO_DIGIT] for batch in tensors.split(SCORED_AT_ONCE)])


def choose_threshold(gate: nn.Module, digits: Iterable[torch.Tensor], flagged: float = FLAGGED) -> float:
    """Return the score below which no more than a share `flagged` lies of any group of known digits.

    Args:
        gate: a trained gate.
        digits: groups, each (N, 1, 28, 28) normalised.
        flagged: a share, 0 to 1.
    """
    return min(float(torch.quantile(digit_score(gate, group), flagged)) for group in digits)


@dataclass(frozen=True)
class Gate:
    """A trained gate, on the CPU in evaluation mode, and the score below which a drawing is no digit."""

    model: nn.Sequential
    threshold: float

    def accepts(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N,) bool, True for what is probably a digit, for (N, 1, 28, 28) normalised tensors."""
        return digit_score(self.model, tensors) >= self.threshold


def load_gate(folder: Path = ASSETS / "gate") -> Gate:
    """Read a gate from its folder: model.safetensors, and the threshold in card.json.

    Raises:
        ValueError: a file is missing or is not what it should be.
    """
    model = build_gate()
    model.load_state_dict(load_weights(folder / WEIGHTS, model))
    threshold = read_json(folder / CARD).get("threshold")
    if not isinstance(threshold, float):
        raise ValueError(f"{folder / CARD} must have a number named threshold, got {threshold!r}")
    return Gate(model.eval(), threshold)
