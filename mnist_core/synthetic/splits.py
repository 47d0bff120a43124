"""Splits of stand-in digits, for machines without MNIST.

Strokes become pixels as in `ink.preprocessing`: they are fitted into the 20x20 box and centred by their mass. Here this
is done in coordinates, for hundreds of digits at a time, and with pens of different widths.
"""

import numpy as np
import torch

from mnist_core.constants import SIDE
from mnist_core.data.split import DIGITS, Split
from mnist_core.synthetic.pen import PIECES, write_digits
from mnist_core.synthetic.rasteriser import CHUNK, rasterise_digits, sample_pens

SOURCE = "stand-in digits, not MNIST"


def standin_splits(seed: int = 0, train: int = 12_000, test: int = 2_000) -> tuple[Split, Split]:
    """Write stand-in digits, about equally many of each, in about 0.2 ms per digit.

    Args:
        seed: the same seed gives the same bytes.
        train, test: number of digits in each split; the size of one does not change the other.

    Returns:
        The training and the test split, in MNIST's format; their source is `SOURCE`.

    Raises:
        ValueError: the seed is negative, or a split would be empty.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    if min(train, test) < 1:
        raise ValueError(f"train and test must each be 1 or more digits, got {train} and {test}")
    return _write_split("train", train, seed), _write_split("test", test, seed)


def _write_split(name: str, count: int, seed: int) -> Split:
    rng = np.random.default_rng([seed, *name.encode()])
    labels = rng.permutation(np.arange(count) % len(DIGITS))
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    for digit in range(len(DIGITS)):
        indices = np.flatnonzero(labels == digit)
        radius, blur = sample_pens(len(indices), PIECES, rng)
        # Sort by width, because the thickest pen of a chunk decides its computing time.
        order = np.argsort(radius.mean(axis=1))
        for chunk in (order[start : start + CHUNK] for start in range(0, len(order), CHUNK)):
            coverage = rasterise_digits(write_digits(digit, len(chunk), rng), radius[chunk], blur[chunk])
            images[indices[chunk]] = np.round(coverage * 255)
    return Split(torch.from_numpy(images), torch.from_numpy(labels), name, SOURCE)
