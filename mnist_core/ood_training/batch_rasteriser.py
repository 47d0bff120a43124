"""Rasterise drawings like `preprocessing.preprocess`, but in batches, ten times as fast, with pens of any width."""

import math
from collections.abc import Sequence

import numpy as np

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX
from mnist_core.ink.spline import arc_lengths, resample
from mnist_core.ink.strokes import Polyline, Strokes
from mnist_core.synthetic.rasteriser import CHUNK, rasterise_digits, sample_pens

MAX_PIECE_LENGTH = 1.6  # px in the 20x20 box
MAX_PIECES = 400  # per drawing, about; the pieces of longer drawings are longer


def rasterise_drawings(drawings: Sequence[Strokes], rng: np.random.Generator) -> np.ndarray:
    """Rasterise drawings, each with a random pen whose width is one of MNIST's; returns (N, 28, 28) uint8.

    Corners are cut by up to half of `MAX_PIECE_LENGTH`, as fast writing cuts them. A drawing must not be a single dot:
    that has no lines, and only `preprocessing.preprocess` draws it.
    """
    cut_drawings = [_cut_drawing(drawing) for drawing in drawings]
    order = sorted(range(len(drawings)), key=lambda i: len(cut_drawings[i]))
    images = np.empty((len(drawings), SIDE, SIDE), dtype=np.uint8)
    for chunk in (order[start : start + CHUNK] for start in range(0, len(order), CHUNK)):
        count = max(len(cut_drawings[i]) for i in chunk)
        pieces = np.stack([_pad_pieces(cut_drawings[i], count) for i in chunk])
        images[chunk] = np.round(rasterise_digits(pieces, *sample_pens(len(chunk), count, rng)) * 255)
    return images


def _cut_drawing(drawing: Strokes) -> np.ndarray:
    """Cut the lines of a drawing into short pieces, (P, 2, 2): the start and the end of each."""
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in drawing.lines)
    step = max(extent * MAX_PIECE_LENGTH / BOX, length / MAX_PIECES)
    return np.concatenate([_cut_line(line, step) for line in drawing.lines])


def _cut_line(line: Polyline, step: float) -> np.ndarray:
    """Cut a line into pieces of at most `step`, (P, 2, 2); a single point becomes a piece of length 0."""
    points = line if len(line) < 2 else resample(line, max(1, math.ceil(arc_lengths(line)[-1] / step)) + 1)
    ends = points[1:] if len(points) > 1 else points
    return np.stack([points[: len(ends)], ends], axis=1)


def _pad_pieces(pieces: np.ndarray, count: int) -> np.ndarray:
    """Repeat the last piece, which paints nothing new, until there are `count`."""
    return pieces[np.minimum(np.arange(count), len(pieces) - 1)]
