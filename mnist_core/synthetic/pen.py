"""A parametric pen: digits as polylines, thousands at once, each in a way of its own."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from mnist_core.ink.spline import catmull_rom
from mnist_core.synthetic.grid_notation import parse_grid
from mnist_core.synthetic.letterforms import Letterform, load_letterforms

PIECES = 48  # straight pieces that a digit is drawn with; at 20 px high none is longer than about 2 px
ROUNDING = 4  # times that a corner is cut; each time a piece's end may go half the way to between its neighbours


def write_digits(digit: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Write one digit `count` times.

    Args:
        digit: 0 to 9.
        count: how many.
        rng: where the randomness comes from.

    Returns:
        (count, PIECES, 2, 2) float64: pieces, their start and end, x to the right and y down; a digit is about 1 high.
    """
    ways = load_letterforms()[digit]
    shares = np.array([way.share for way in ways])
    chosen = rng.choice(len(ways), count, p=shares / shares.sum())
    pieces = np.empty((count, PIECES, 2, 2))
    for place in np.unique(chosen):
        mine = np.flatnonzero(chosen == place)
        pieces[mine] = _in_a_way(ways[place], len(mine), rng)
    return _as_hands_do(pieces, digit, rng)


def _in_a_way(way: Letterform, count: int, rng: np.random.Generator) -> np.ndarray:
    """Mix the forms of a way, move every knot a little, and draw the strokes; returns (count, PIECES, 2, 2)."""
    variants, strokes = _parsed(way)
    mix = rng.dirichlet(np.full(len(variants), 0.7), count)
    knots = np.einsum("nf,fkx->nkx", mix, variants)
    knots += _drift(knots.shape, rng) * rng.uniform(0.02, 0.14, (count, 1, 1))
    knots += rng.normal(0, 1, knots.shape) * rng.uniform(0.005, 0.03, (count, 1, 1))
    shares = _shares(variants[0], strokes)
    lines = [_drawn(knots[:, where], basis, share, rng) for (where, basis), share in zip(strokes, shares, strict=True)]
    return np.concatenate([np.stack([line[:, :-1], line[:, 1:]], axis=2) for line in lines], axis=1)


def _drift(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return noise, (N, knots, 2), that neighbouring knots share, so that whole loops move and lines stay smooth."""
    noise = rng.normal(0, 1, (shape[0], shape[1] + 2, shape[2]))
    return noise[:, :-2] / 4 + noise[:, 1:-1] / 2 + noise[:, 2:] / 4


Stroke = tuple[slice, np.ndarray]  # which knots, and the (places, knots) weights that make the curve of them


@cache
def _parsed(letterform: Letterform) -> tuple[np.ndarray, list[Stroke]]:
    """Return the knots of the variants, (variants, knots, 2) with 1 the height of the grid, and the strokes."""
    figures = [parse_grid(variant) for variant in letterform.variants]
    knots = np.stack([np.concatenate([stroke.points for stroke in figure]) for figure in figures])
    strokes, start = [], 0
    for stroke in figures[0]:
        strokes.append((slice(start, start + len(stroke.corners)), _basis(stroke.corners)))
        start += len(stroke.corners)
    return knots, strokes


def _basis(corners: Sequence[bool]) -> np.ndarray:
    """Return the (places, knots) weights of a curve that is smooth between its corners."""
    knots = np.eye(len(corners))
    ends = [0, *np.flatnonzero(corners), len(corners) - 1]
    return np.concatenate([catmull_rom(knots[a : b + 1]) for a, b in pairwise(ends) if b > a])


def _shares(knots: np.ndarray, strokes: list[Stroke]) -> list[int]:
    """Share `PIECES` among the strokes by their length."""
    lengths = np.array([np.hypot(*np.diff(basis @ knots[where], axis=0).T).sum() for where, basis in strokes])
    shares = np.maximum(1, np.floor(PIECES * lengths / lengths.sum())).astype(int)
    shares[np.argmax(shares)] += PIECES - shares.sum()
    return [int(share) for share in shares]


def _drawn(knots: np.ndarray, basis: np.ndarray, pieces: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one stroke of many digits, (N, knots, 2), some begun late or ended early; returns (N, pieces + 1, 2)."""
    points = np.einsum("sk,nkx->nsx", basis, knots)
    steps = np.maximum(np.hypot(*np.moveaxis(np.diff(points, axis=1), 2, 0)), 1e-9)
    along = np.concatenate([np.zeros((len(knots), 1)), np.cumsum(steps, axis=1)], axis=1)
    along /= along[:, -1:] * 1.0001  # the next digit's lengths begin at 1
    begin, end = rng.uniform(0, 0.05, (2, len(knots), 1))
    wanted = begin + np.linspace(0, 1, pieces + 1) * (along[:, -1:] - begin - end)
    digit = np.arange(len(knots))[:, None]
    line = np.stack(
        [np.interp(wanted + digit, (along + digit).ravel(), points[..., axis].ravel()) for axis in (0, 1)], axis=2
    )
    return _rounded(line, rng)


def _rounded(line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut the corners of lines, (N, places, 2), as a quick hand does, each by its own measure; the ends stay."""
    haste = rng.uniform(0, 1, (len(line), 1, 1))
    for _ in range(ROUNDING):
        line[:, 1:-1] += haste / 2 * ((line[:, :-2] + line[:, 2:]) / 2 - line[:, 1:-1])
    return line


def _as_hands_do(pieces: np.ndarray, digit: int, rng: np.random.Generator) -> np.ndarray:
    """Bend, stretch, slant and turn the plane that each digit is written on, each by its own draw.

    The spreads are set by eye: as far as all ten still read as what they are.
    """
    count = len(pieces)

    def normal(spread: float, middle: float = 0.0) -> np.ndarray:
        return rng.normal(middle, spread, (count, 1, 1))

    x, y = pieces[..., 0] - 0.4, pieces[..., 1] - 0.5
    # Slow waves, as of an unsteady hand.
    for frequency in (5, 9):
        (fx, fy), (gx, gy) = rng.normal(0, frequency, (2, 2, count, 1, 1))
        phase, other = rng.uniform(0, 6.3, (2, count, 1, 1))
        x, y = (
            x + normal(0.1 / frequency) * np.sin(fx * x + fy * y + phase),
            y + normal(0.1 / frequency) * np.sin(gx * x + gy * y + other),
        )
    # Proportions: upper against lower half, bows, and a foot narrower than the head.
    x, y = x * (1 + normal(0.2) * y) + normal(0.12) * (y**2 - 0.1), y + normal(0.15) * (0.25 - y**2)
    y = y + normal(0.12) * (x**2 - 0.1)
    width = np.exp(normal(0.2))
    # A lone line may lean further than digits that have another side to lean on.
    slant = normal(0.3, 0.35) if digit == 1 else normal(0.22, 0.12)
    x = x * width - slant * y
    turn = normal(0.08)
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=3)
