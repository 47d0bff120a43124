"""What the gate learns from: digits as the canvas would give them, and non-digits drawn or made out of digits.

Everything is kept as MNIST's bytes, (N, 28, 28) uint8, so that `augmentation.augment` can vary it once more.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from mnist_core.constants import SIDE
from mnist_core.data.split import Split
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.ood_training.batch_rasteriser import ink_drawings
from mnist_core.ood_training.nondigits import FAMILIES, draw_nondigit
from mnist_core.ood_training.random_figures import RANDOM_FIGURES
from mnist_core.recognition.ood_detector import NOT_A_DIGIT
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.reinking import reinked

THROUGH_PIXELS = 0.2  # share of the drawings that are taken through the picture path


def nondigits(families: Sequence[str], count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw `count` non-digits, the families in turn, and take them through the ink pipeline; (count, 28, 28) uint8."""
    drawings = (draw_nondigit(families[i % len(families)], rng) for i in range(count))
    return _prepared(rasterise(drawing) if rng.random() < THROUGH_PIXELS else drawing for drawing in drawings)


def _prepared(drawings: Iterable[Strokes | np.ndarray]) -> torch.Tensor:
    stages = (preprocess(drawing) for drawing in drawings)
    return torch.from_numpy(np.stack([np.round(s.centre * 255).astype(np.uint8) for s in stages]))  # type: ignore[union-attr]


def _drawn(family: str, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw one family, some through the picture path and the others with pens of any thickness."""
    if family == "dot":
        return nondigits([family], count, rng)
    drawings = [draw_nondigit(family, rng) for _ in range(count)]
    pictures = math.ceil(count * THROUGH_PIXELS)
    return torch.cat(
        [_prepared(rasterise(drawing) for drawing in drawings[:pictures]), _inked(drawings[pictures:], rng)]
    )


def _inked(drawings: Sequence[Strokes], rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(ink_drawings(drawings, rng))


def turned(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Turn or mirror 3, 4 and 7; a mirrored or turned 2 or 5 often reads as a 5 or 2, and is left out."""
    images = split.images[_some(split, count, rng, (3, 4, 7))]
    ways = rng.integers(0, 4, count).tolist()
    return torch.stack([torch.rot90(i, way, (0, 1)) if way else i.flip(1) for i, way in zip(images, ways, strict=True)])


def slipped(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Glue the upper half of one digit to the lower half of another, 5 to 8 px to the side."""
    upper, lower = _pair(split, count, rng)
    slips = rng.integers(5, 9, count) * rng.choice([-1, 1], count)
    lower = torch.stack([image.roll(int(slip), 1) for image, slip in zip(lower, slips, strict=True)])
    return torch.cat([upper[:, : SIDE // 2], lower[:, SIDE // 2 :]], dim=1)


def shuffled(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Cut digits into four quarters and put each in another's place."""
    images = split.images[_some(split, count, rng, (0, 2, 3, 4, 5, 6, 7, 8, 9))]
    half = SIDE // 2
    quarters = images.reshape(count, 2, half, 2, half).transpose(2, 3).reshape(count, 4, half, half)
    orders = torch.tensor([[3, 2, 1, 0], [1, 2, 3, 0], [2, 0, 3, 1], [3, 0, 1, 2]])[rng.integers(0, 4, count)]
    quarters = quarters[torch.arange(count)[:, None], orders]
    return quarters.reshape(count, 2, 2, half, half).transpose(2, 3).reshape(count, SIDE, SIDE)


def overlaid(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Write one digit over another of a different class; a 1 over another changes too little."""
    first, second = _pair(split, count, rng)
    shifts = rng.integers(-3, 4, (count, 2)).tolist()
    second = torch.stack([image.roll(shift, (0, 1)) for image, shift in zip(second, shifts, strict=True)])
    return torch.maximum(first, second)


def side_by_side(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Write two digits next to each other and take them through the ink pipeline together."""
    left, right = (split.images[torch.from_numpy(rng.integers(0, len(split), count))].numpy() for _ in range(2))
    gaps = rng.integers(-3, 5, count)
    pairs = (_joined(one, other, int(gap)) for one, other, gap in zip(left, right, gaps, strict=True))
    return _prepared(pairs)


def scrawled_over(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw over digits what nobody planned."""
    images = split.images[_some(split, count, rng, (2, 3, 4, 5, 6, 8, 9))]
    names = list(RANDOM_FIGURES)
    return torch.maximum(images, _inked([draw_nondigit(names[i % len(names)], rng) for i in range(count)], rng))


def _joined(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    left, right = (image[:, np.flatnonzero(image.any(axis=0))] for image in (left, right))
    width = left.shape[1] + right.shape[1] + gap
    pair = np.zeros((SIDE, width), dtype=np.float32)
    pair[:, : left.shape[1]] = left
    pair[:, width - right.shape[1] :] = np.maximum(pair[:, width - right.shape[1] :], right)
    return pair / 255


CORRUPTED_DIGITS: dict[str, Callable[[Split, int, np.random.Generator], torch.Tensor]] = {
    "turned digit": turned,
    "slipped halves": slipped,
    "shuffled quarters": shuffled,
    "overlaid digits": overlaid,
    "scrawled over": scrawled_over,
    "side by side": side_by_side,
}

REINKED, STAND_INS, REINKED_STAND_INS = "re-inked digits", "stand-in digits", "re-inked stand-in digits"
DIGIT_GROUPS = (REINKED, STAND_INS, REINKED_STAND_INS)
# These are drawn by chance, and now and then they are digits.
RANDOM_FAMILIES = (*RANDOM_FIGURES, "turned letter")
COUNTS = (
    {REINKED: 2_000, STAND_INS: 20_000, REINKED_STAND_INS: 2_000}
    | dict.fromkeys(FAMILIES, 300)
    | dict.fromkeys(RANDOM_FIGURES, 2_400)
    | {"turned letter": 1_500}
    | dict.fromkeys(CORRUPTED_DIGITS, 1_500)
)


@dataclass(frozen=True)
class Examples:
    """What the gate learns from: images (N, 28, 28) uint8, and labels (N,) int64, 0 to 9 or `NOT_A_DIGIT`."""

    images: torch.Tensor
    labels: torch.Tensor


def make_group(name: str, train: Split, seed: int, size: float = 1.0) -> Examples:
    """Make one of the parts in `COUNTS` that the gate learns from, whatever other parts there are.

    Args:
        name: a name in `COUNTS`.
        train: digits to re-ink or to spoil.
        seed: makes the part repeatable.
        size: 1 for as many as in `COUNTS`.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    count = max(1, round(COUNTS[name] * size))
    if name == REINKED:
        chosen = torch.from_numpy(rng.permutation(len(train))[:count])
        return Examples(reinked(train.images[chosen], rng), train.labels[chosen])
    if name in (STAND_INS, REINKED_STAND_INS):
        written = standin_splits(seed + (name == REINKED_STAND_INS), count, 1)[0]
        return Examples(written.images if name == STAND_INS else reinked(written.images, rng), written.labels)
    images = CORRUPTED_DIGITS[name](train, count, rng) if name in CORRUPTED_DIGITS else _drawn(name, count, rng)
    return Examples(images, torch.full((count,), NOT_A_DIGIT))


def far_from_digits(images: torch.Tensor, digits: torch.Tensor, nearest: float) -> torch.Tensor:
    """Tell which images are less like every digit than `nearest`; returns (N,) bool.

    Args:
        images: (N, 28, 28) uint8 that are meant to be no digits; by chance a few are.
        digits: (M, 28, 28) uint8 to compare them with.
        nearest: cosine of two pictures at half their size.
    """
    known = _small(digits)
    return torch.cat([(_small(some) @ known.T).amax(dim=1) < nearest for some in images.split(500)])


def _small(images: torch.Tensor) -> torch.Tensor:
    """Return pictures at half their size as vectors of length 1, (N, 196)."""
    return functional.normalize(functional.avg_pool2d(images.float()[:, None], 2).flatten(1))


def _some(split: Split, count: int, rng: np.random.Generator, labels: Sequence[int]) -> torch.Tensor:
    """Draw the indices of `count` images that carry one of the labels."""
    among = torch.isin(split.labels, torch.tensor(labels)).nonzero().flatten()
    return among[torch.from_numpy(rng.integers(0, len(among), count))]


def _pair(split: Split, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw two lots of images, of other classes at each place, and no 1 among them."""
    first = _some(split, count, rng, (0, 2, 3, 4, 5))
    second = _some(split, count, rng, (6, 7, 8, 9))
    swap = torch.from_numpy(rng.random(count) < 0.5)
    return split.images[torch.where(swap, first, second)], split.images[torch.where(swap, second, first)]
