"""Stand-in digits, written by a parametric pen for machines that have no MNIST.

They go the way of `ink.preprocess` from strokes to pixels: lines of one thickness, the 20x20 box, the centre of mass in
the middle. Here it is gone in coordinates and by hundreds of digits at a time, and with thinner and thicker pens.
"""

import numpy as np
import torch

from mnist_core.constants import SIDE
from mnist_core.data.split import DIGITS, Split
from mnist_core.synthetic.pen import PIECES, write_digits
from mnist_core.synthetic.rasteriser import CHUNK, rasterise_digits, sample_pens

SOURCE = "stand-in digits, not MNIST"


def standin_splits(seed: int = 0, train: int = 12_000, test: int = 2_000) -> tuple[Split, Split]:
    """Write stand-in digits, about as many of each; takes about 0.2 ms a digit.

    Args:
        seed: the same seed gives the same bytes.
        train, test: how many to write for each split; no more of one changes the other.

    Returns:
        The training and the test split, in MNIST's format, their source `SOURCE`.

    Raises:
        ValueError: the seed is negative, or a split would be empty.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    if min(train, test) < 1:
        raise ValueError(f"train and test must be 1 or more digits, got {train} and {test}")
    return _split("train", train, seed), _split("test", test, seed)


def _split(name: str, count: int, seed: int) -> Split:
    rng = np.random.default_rng([seed, *name.encode()])
    labels = rng.permutation(np.arange(count) % len(DIGITS))
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    for digit in range(len(DIGITS)):
        places = np.flatnonzero(labels == digit)
        radius, blur = sample_pens(len(places), PIECES, rng)
        # Thin pens first: a chunk takes as long as its thickest pen.
        order = np.argsort(radius.mean(axis=1))
        for chunk in (order[start : start + CHUNK] for start in range(0, len(order), CHUNK)):
            pictures = rasterise_digits(write_digits(digit, len(chunk), rng), radius[chunk], blur[chunk])
            images[places[chunk]] = np.round(pictures * 255)
    return Split(torch.from_numpy(images), torch.from_numpy(labels), name, SOURCE)
