"""Make the training examples of the OOD detector: digits as from the canvas, drawn non-digits and corrupted digits.

All are stored as bytes in MNIST's format, (N, 28, 28) uint8, so that `augmentation.augment` can vary them further.
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
from mnist_core.ood_training.batch_rasteriser import rasterise_drawings
from mnist_core.ood_training.nondigits import FAMILIES, draw_nondigit
from mnist_core.ood_training.random_figures import RANDOM_FIGURES
from mnist_core.recognition.ood_detector import NOT_A_DIGIT
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.reinking import reink_batch

PIXEL_SHARE = 0.2  # fraction of the drawings that are preprocessed as pixels instead of strokes


def nondigit_images(families: Sequence[str], count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw `count` non-digits, taking the families in turn, and preprocess them; returns (count, 28, 28) uint8."""
    drawings = (draw_nondigit(families[i % len(families)], rng) for i in range(count))
    return _preprocess_all(rasterise(drawing) if rng.random() < PIXEL_SHARE else drawing for drawing in drawings)


def _preprocess_all(drawings: Iterable[Strokes | np.ndarray]) -> torch.Tensor:
    images = []
    for drawing in drawings:
        stages = preprocess(drawing)
        assert stages is not None, "no drawing is blank"
        images.append(np.round(stages.centre * 255).astype(np.uint8))
    return torch.from_numpy(np.stack(images))


def _family_images(family: str, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw one family: a share of it preprocessed as pixels, the rest rasterised with pens of any width."""
    if family == "dot":  # has no lines to rasterise
        return nondigit_images([family], count, rng)
    drawings = [draw_nondigit(family, rng) for _ in range(count)]
    as_pixels = math.ceil(count * PIXEL_SHARE)
    preprocessed = _preprocess_all(rasterise(drawing) for drawing in drawings[:as_pixels])
    return torch.cat([preprocessed, torch.from_numpy(rasterise_drawings(drawings[as_pixels:], rng))])


def rotate_or_mirror(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Rotate 3s, 4s and 7s by quarter turns, or mirror them; a mirrored 2 or 5 often looks like a 5 or a 2."""
    images = split.images[_sample_indices(split, count, rng, (3, 4, 7))]
    quarter_turns = rng.integers(0, 4, count).tolist()  # 0: mirror instead
    return torch.stack(
        [
            torch.rot90(image, turns, (0, 1)) if turns else image.flip(1)
            for image, turns in zip(images, quarter_turns, strict=True)
        ]
    )


def shift_halves(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Join the upper half of one digit to the lower half of another, shifted 5 to 8 px sideways."""
    upper, lower = _sample_pairs(split, count, rng)
    shifts = rng.integers(5, 9, count) * rng.choice([-1, 1], count)
    lower = torch.stack([image.roll(int(shift), 1) for image, shift in zip(lower, shifts, strict=True)])
    return torch.cat([upper[:, : SIDE // 2], lower[:, SIDE // 2 :]], dim=1)


def shuffle_quarters(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Cut digits into four quarters and swap their positions."""
    images = split.images[_sample_indices(split, count, rng, (0, 2, 3, 4, 5, 6, 7, 8, 9))]
    half = SIDE // 2
    quarters = images.reshape(count, 2, half, 2, half).transpose(2, 3).reshape(count, 4, half, half)
    orders = torch.tensor([[3, 2, 1, 0], [1, 2, 3, 0], [2, 0, 3, 1], [3, 0, 1, 2]])[rng.integers(0, 4, count)]
    quarters = quarters[torch.arange(count)[:, None], orders]
    return quarters.reshape(count, 2, 2, half, half).transpose(2, 3).reshape(count, SIDE, SIDE)


def overlay_digits(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Write one digit over another of a different class, never a 1, which would change too little."""
    first, second = _sample_pairs(split, count, rng)
    shifts = rng.integers(-3, 4, (count, 2)).tolist()
    second = torch.stack([image.roll(shift, (0, 1)) for image, shift in zip(second, shifts, strict=True)])
    return torch.maximum(first, second)


def scribble_over(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Draw random figures over digits."""
    images = split.images[_sample_indices(split, count, rng, (2, 3, 4, 5, 6, 8, 9))]
    names = list(RANDOM_FIGURES)
    scribbles = rasterise_drawings([draw_nondigit(names[i % len(names)], rng) for i in range(count)], rng)
    return torch.maximum(images, torch.from_numpy(scribbles))


def pair_side_by_side(split: Split, count: int, rng: np.random.Generator) -> torch.Tensor:
    """Write two digits next to each other and preprocess them as one drawing."""
    left, right = (split.images[torch.from_numpy(rng.integers(0, len(split), count))].numpy() for _ in range(2))
    gaps = rng.integers(-3, 5, count)
    return _preprocess_all(
        _side_by_side(one, other, int(gap)) for one, other, gap in zip(left, right, gaps, strict=True)
    )


def _side_by_side(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """Join two (28, 28) uint8 digits with a gap in px, negative to overlap; returns (28, W) float32 in [0, 1]."""
    left, right = (image[:, np.flatnonzero(image.any(axis=0))] for image in (left, right))
    width = left.shape[1] + right.shape[1] + gap
    pair = np.zeros((SIDE, width), dtype=np.float32)
    pair[:, : left.shape[1]] = left
    pair[:, width - right.shape[1] :] = np.maximum(pair[:, width - right.shape[1] :], right)
    return pair / 255


# NOTE: the names of the groups seed their random generators, and appear on the detector's card.
CORRUPTED_DIGITS: dict[str, Callable[[Split, int, np.random.Generator], torch.Tensor]] = {
    "turned digit": rotate_or_mirror,
    "slipped halves": shift_halves,
    "shuffled quarters": shuffle_quarters,
    "overlaid digits": overlay_digits,
    "scrawled over": scribble_over,
    "side by side": pair_side_by_side,
}

REINKED, STAND_INS, REINKED_STAND_INS = "re-inked digits", "stand-in digits", "re-inked stand-in digits"
DIGIT_GROUPS = (REINKED, STAND_INS, REINKED_STAND_INS)
RANDOM_FAMILIES = (*RANDOM_FIGURES, "turned letter")  # their drawings may look like digits by chance
COUNTS = (
    {REINKED: 2_000, STAND_INS: 20_000, REINKED_STAND_INS: 2_000}
    | {name: 1_200 if name.startswith("letter ") else 300 for name in FAMILIES}
    | dict.fromkeys(RANDOM_FIGURES, 2_400)
    | {"turned letter": 1_500}
    | dict.fromkeys(CORRUPTED_DIGITS, 1_500)
)


@dataclass(frozen=True)
class Examples:
    """Labelled images: (N, 28, 28) uint8, and labels (N,) int64, 0 to 9 or `NOT_A_DIGIT`."""

    images: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def concatenate(cls, groups: Sequence["Examples"]) -> "Examples":
        """Return the examples of several groups, in their order."""
        return cls(torch.cat([group.images for group in groups]), torch.cat([group.labels for group in groups]))


def make_group(name: str, train: Split, seed: int, size: float = 1.0) -> Examples:
    """Make one group of training examples; it does not depend on the other groups.

    Args:
        name: a name in `COUNTS`.
        train: the digits to re-ink or to corrupt.
        seed: makes the group repeatable.
        size: factor on the number of examples in `COUNTS`.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    count = max(1, round(COUNTS[name] * size))
    if name == REINKED:
        chosen = torch.from_numpy(rng.permutation(len(train))[:count])
        return Examples(reink_batch(train.images[chosen], rng), train.labels[chosen])
    if name in (STAND_INS, REINKED_STAND_INS):
        standins = standin_splits(seed + (name == REINKED_STAND_INS), count, 1)[0]
        images = standins.images if name == STAND_INS else reink_batch(standins.images, rng)
        return Examples(images, standins.labels)
    images = CORRUPTED_DIGITS[name](train, count, rng) if name in CORRUPTED_DIGITS else _family_images(name, count, rng)
    return Examples(images, torch.full((count,), NOT_A_DIGIT))


def far_from_digits(images: torch.Tensor, digits: torch.Tensor, max_similarity: float) -> torch.Tensor:
    """Return which images are less similar than `max_similarity` to every digit; (N,) bool.

    Args:
        images: (N, 28, 28) uint8, meant to be non-digits, though a few may look like digits by chance.
        digits: (M, 28, 28) uint8 to compare them with.
        max_similarity: cosine similarity of the images at half their size.
    """
    digit_vectors = _half_size_vectors(digits)
    return torch.cat(
        [(_half_size_vectors(batch) @ digit_vectors.T).amax(dim=1) < max_similarity for batch in images.split(500)]
    )


def _half_size_vectors(images: torch.Tensor) -> torch.Tensor:
    """Return images at half their size as vectors of length 1, (N, 196)."""
    return functional.normalize(functional.avg_pool2d(images.float()[:, None], 2).flatten(1))


def _sample_indices(split: Split, count: int, rng: np.random.Generator, labels: Sequence[int]) -> torch.Tensor:
    """Draw the indices of `count` images that have one of the labels; (count,) int64."""
    candidates = torch.isin(split.labels, torch.tensor(labels)).nonzero().flatten()
    return candidates[torch.from_numpy(rng.integers(0, len(candidates), count))]


def _sample_pairs(split: Split, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw `count` pairs of images of different classes, none of them a 1; (count, 28, 28) uint8 each."""
    first = _sample_indices(split, count, rng, (0, 2, 3, 4, 5))
    second = _sample_indices(split, count, rng, (6, 7, 8, 9))
    swap = torch.from_numpy(rng.random(count) < 0.5)
    return split.images[torch.where(swap, first, second)], split.images[torch.where(swap, second, first)]
