"""What the gate learns from: digits as the canvas would give them, and non-digits drawn or made out of digits.

Everything is kept as MNIST's bytes, (N, 28, 28) uint8, so that `augmentation.augment` can vary it once more.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch

from .data import Split
from .ink import SIDE, prepare
from .letters import glyph
from .nondigits import FAMILIES, by_hand, draw_nondigit
from .reinking import reinked
from .strokes import Strokes, paint

THROUGH_PIXELS = 0.3  # share of the drawings that are taken through the picture path

# How digits are written where few of MNIST's writers come from: 1 with flag and foot, 7 with a bar or a serif, and
# plain pen forms of the others. The notation is that of `letters.LETTERS`.
PEN_DIGITS = (
    "24 50 59/29 89", "34 50 59", "25 50 49/~19 59 89", "~50 45 39", "23 50 59/49 79",
    "00 80 39/25 75", "02 00 80 39/24 75", "~02 10 40 80 54 39/15 75", "02 00 80 39", "~11 40 80 45 29/24 74",
    "30 05 85/60 69", "~40 15 05/05 85/~61 55 49", "50 06 86/50 59",
    "80 20 14/~14 54 86 69 09", "~20 14 44 76 69 29 08/20 90", "~80 20 13 43 75 68 09",
    "~73 50 12 14 34 62 82 79", "~73 40 12 34 73 72 69 28", "~72 40 12 34 73 71 59",
    "~70 31 05 08 39 68 65 35 08", "~50 13 07 39 67 55 25 08",
    "~02 20 60 72 45 09/~09 39 89", "~12 40 71 45 19 07 37 89", "~01 30 71 55 09 89",
    "~01 40 71 44 34 76 69 29 08", "01 81 44/~44 76 69 29 08",
    "~71 40 11 34 66 69 29 17 44 71", "~40 12 35 67 49 17 44 62 40",
    "~40 11 05 29 59 86 72 40", "~51 20 04 28 59 85 62 40 21",
)  # fmt: skip


def drawn(sketches: Iterable[Strokes], rng: np.random.Generator) -> torch.Tensor:
    """Take drawings through the ink pipeline, some of them as pictures; returns (N, 28, 28) uint8."""
    return _bytes(prepare(paint(ink) if rng.random() < THROUGH_PIXELS else ink).centre for ink in sketches)  # type: ignore[union-attr]


def nondigits(families: Sequence[str], count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw `count` non-digits, the families in turn; returns (count, 28, 28) uint8."""
    return drawn((draw_nondigit(families[i % len(families)], rng) for i in range(count)), rng)


def pen_digits(count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw `count` of `PEN_DIGITS` by the same hand as the non-digits; returns (count, 28, 28) uint8."""
    return drawn((by_hand(glyph(PEN_DIGITS[i % len(PEN_DIGITS)], rng), rng) for i in range(count)), rng)


def _bytes(pictures: Iterable[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack([np.round(picture * 255).astype(np.uint8) for picture in pictures]))


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
    return _bytes(prepare(pair).centre for pair in pairs)  # type: ignore[union-attr]


def _joined(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    left, right = (image[:, np.flatnonzero(image.any(axis=0))] for image in (left, right))
    width = left.shape[1] + right.shape[1] + gap
    pair = np.zeros((SIDE, width), dtype=np.float32)
    pair[:, : left.shape[1]] = left
    pair[:, width - right.shape[1] :] = np.maximum(pair[:, width - right.shape[1] :], right)
    return pair / 255


SPOILED: dict[str, Callable[[Split, int, np.random.Generator], torch.Tensor]] = {
    "turned digit": turned,
    "slipped halves": slipped,
    "shuffled quarters": shuffled,
    "overlaid digits": overlaid,
    "side by side": side_by_side,
}


INKED, WRITTEN = "re-inked digits", "pen digits"
COUNTS = {INKED: 3_000, WRITTEN: 4_000} | dict.fromkeys(FAMILIES, 220) | dict.fromkeys(SPOILED, 1_500)


def make_part(name: str, train: Split, seed: int, size: float = 1.0) -> torch.Tensor:
    """Make one of the parts in `COUNTS` that the gate learns from, whatever other parts there are.

    Args:
        name: a name in `COUNTS`.
        train: digits to re-ink or to spoil.
        seed: makes the part repeatable.
        size: 1 for as many as in `COUNTS`.

    Returns:
        (N, 28, 28) uint8.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    count = max(1, round(COUNTS[name] * size))
    if name == INKED:
        return reinked(train.images[torch.from_numpy(rng.permutation(len(train))[:count])], rng)
    if name == WRITTEN:
        return pen_digits(count, rng)
    return SPOILED[name](train, count, rng) if name in SPOILED else nondigits([name], count, rng)


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
