"""Write digits as polylines with a parametric pen, thousands at once, each slightly different."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from mnist_core.ink.spline import catmull_rom
from mnist_core.synthetic.grid_notation import parse_grid
from mnist_core.synthetic.letterforms import Letterform, load_letterforms

PIECES = 48  # straight pieces per digit; in a digit 20 px high none is longer than about 2 px
SMOOTHING_PASSES = 4  # each moves a point up to halfway towards the middle of its neighbours


def write_digits(digit: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Write one digit `count` times.

    Args:
        digit: 0 to 9.
        count: number of digits to write.
        rng: source of the randomness.

    Returns:
        (count, PIECES, 2, 2) float64: the start and the end of each piece, x to the right and y down. A digit is about
        1 high.
    """
    letterforms = load_letterforms()[digit]
    shares = np.array([letterform.share for letterform in letterforms])
    chosen = rng.choice(len(letterforms), count, p=shares / shares.sum())
    pieces = np.empty((count, PIECES, 2, 2))
    for index in np.unique(chosen):
        same_form = np.flatnonzero(chosen == index)
        pieces[same_form] = _write_letterform(letterforms[index], len(same_form), rng)
    return _distort(pieces, digit, rng)


def _write_letterform(letterform: Letterform, count: int, rng: np.random.Generator) -> np.ndarray:
    """Mix the variants of a letterform, move every knot a little, and draw the strokes; (count, PIECES, 2, 2)."""
    variants, strokes = _parse_variants(letterform)
    mix = rng.dirichlet(np.full(len(variants), 0.7), count)
    knots = np.einsum("nf,fkx->nkx", mix, variants)
    knots += _smooth_noise(knots.shape, rng) * rng.uniform(0.02, 0.14, (count, 1, 1))
    knots += rng.normal(0, 1, knots.shape) * rng.uniform(0.005, 0.03, (count, 1, 1))
    counts = _pieces_per_stroke(variants[0], strokes)
    lines = [
        _draw_stroke(knots[:, where], basis, pieces, rng)
        for (where, basis), pieces in zip(strokes, counts, strict=True)
    ]
    return np.concatenate([np.stack([line[:, :-1], line[:, 1:]], axis=2) for line in lines], axis=1)


def _smooth_noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return noise, (N, knots, 2), correlated between neighbouring knots: entire loops move, and lines stay smooth."""
    noise = rng.normal(0, 1, (shape[0], shape[1] + 2, shape[2]))
    return noise[:, :-2] / 4 + noise[:, 1:-1] / 2 + noise[:, 2:] / 4


StrokeBasis = tuple[slice, np.ndarray]  # a stroke's knots, and the (points, knots) weights that turn them into a curve


@cache
def _parse_variants(letterform: Letterform) -> tuple[np.ndarray, list[StrokeBasis]]:
    """Return the knots of the variants, (variants, knots, 2) with 1 the height of the grid, and the strokes."""
    figures = [parse_grid(variant) for variant in letterform.variants]
    knots = np.stack([np.concatenate([stroke.points for stroke in figure]) for figure in figures])
    strokes, start = [], 0
    for stroke in figures[0]:
        strokes.append((slice(start, start + len(stroke.corners)), _curve_basis(stroke.corners)))
        start += len(stroke.corners)
    return knots, strokes


def _curve_basis(corners: Sequence[bool]) -> np.ndarray:
    """Return the (points, knots) weights of a curve that is smooth between its corners."""
    knots = np.eye(len(corners))
    ends = [0, *np.flatnonzero(corners), len(corners) - 1]
    return np.concatenate([catmull_rom(knots[a : b + 1]) for a, b in pairwise(ends) if b > a])


def _pieces_per_stroke(knots: np.ndarray, strokes: list[StrokeBasis]) -> list[int]:
    """Distribute `PIECES` over the strokes in proportion to their lengths."""
    lengths = np.array([np.hypot(*np.diff(basis @ knots[where], axis=0).T).sum() for where, basis in strokes])
    counts = np.maximum(1, np.floor(PIECES * lengths / lengths.sum())).astype(int)
    counts[np.argmax(counts)] += PIECES - counts.sum()
    return [int(count) for count in counts]


def _draw_stroke(knots: np.ndarray, basis: np.ndarray, pieces: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one stroke of many digits, (N, knots, 2), a little shorter at both ends; returns (N, pieces + 1, 2)."""
    points = np.einsum("sk,nkx->nsx", basis, knots)
    steps = np.maximum(np.hypot(*np.moveaxis(np.diff(points, axis=1), 2, 0)), 1e-9)
    along = np.concatenate([np.zeros((len(knots), 1)), np.cumsum(steps, axis=1)], axis=1)
    along /= along[:, -1:] * 1.0001  # below 1, where the positions of the next digit begin
    start, end = rng.uniform(0, 0.05, (2, len(knots), 1))
    targets = start + np.linspace(0, 1, pieces + 1) * (along[:, -1:] - start - end)
    digit = np.arange(len(knots))[:, None]
    line = np.stack(
        [np.interp(targets + digit, (along + digit).ravel(), points[..., axis].ravel()) for axis in (0, 1)], axis=2
    )
    return _round_corners(line, rng)


def _round_corners(line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Round the corners of lines, (N, points, 2), each by a random amount, as fast writing does; the ends stay."""
    speed = rng.uniform(0, 1, (len(line), 1, 1))
    for _ in range(SMOOTHING_PASSES):
        line[:, 1:-1] += speed / 2 * ((line[:, :-2] + line[:, 2:]) / 2 - line[:, 1:-1])
    return line


def _distort(pieces: np.ndarray, digit: int, rng: np.random.Generator) -> np.ndarray:
    """Bend, stretch, slant and rotate each digit at random, as handwriting varies.

    The amounts are set by eye: as large as possible with all ten digits still legible.
    """
    count = len(pieces)

    def normal(spread: float, mean: float = 0.0) -> np.ndarray:
        return rng.normal(mean, spread, (count, 1, 1))

    x, y = pieces[..., 0] - 0.4, pieces[..., 1] - 0.5
    # Slow waves, as in unsteady handwriting.
    for frequency in (5, 9):
        (fx, fy), (gx, gy) = rng.normal(0, frequency, (2, 2, count, 1, 1))
        x_phase, y_phase = rng.uniform(0, 6.3, (2, count, 1, 1))
        x, y = (
            x + normal(0.1 / frequency) * np.sin(fx * x + fy * y + x_phase),
            y + normal(0.1 / frequency) * np.sin(gx * x + gy * y + y_phase),
        )
    # Proportions: the upper half against the lower, bows, and a foot narrower or wider than the head.
    x, y = x * (1 + normal(0.2) * y) + normal(0.12) * (y**2 - 0.1), y + normal(0.15) * (0.25 - y**2)
    y = y + normal(0.12) * (x**2 - 0.1)
    width = np.exp(normal(0.2))
    # A 1 is a single line, and stays legible at a larger slant than the other digits.
    slant = normal(0.3, 0.35) if digit == 1 else normal(0.22, 0.12)
    x = x * width - slant * y
    angle = normal(0.08)
    return np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=3)
