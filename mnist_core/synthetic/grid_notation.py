"""A compact notation for figures drawn with a pen, in which the shape tables are written.

A figure such as "~40 11 06! 39/16 76" stands on a grid of ten by ten. Two figures make a point: x to the right, then y
down. "/" lifts the pen. "~" before a stroke makes all of it a smooth curve. "!" after a point makes it a corner.
"""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

GRID = 9  # the largest coordinate, which stands for 1
STROKE = re.compile(r"~?\d\d!?( \d\d!?)*")


@dataclass(frozen=True, eq=False)
class GridStroke:
    """One stroke of a figure.

    Attributes:
        points: (n, 2) float64 in [0, 1], x to the right and y down. Read-only.
        corners: n flags, True where the stroke turns a corner.
        is_smooth: whether the stroke as a whole is marked as a smooth curve.
    """

    points: np.ndarray
    corners: tuple[bool, ...]
    is_smooth: bool


@cache
def parse_grid(figure: str) -> tuple[GridStroke, ...]:
    """Read a figure in grid notation.

    Raises:
        ValueError: the text is not in this notation.
    """
    return tuple(_parse_stroke(stroke, figure) for stroke in figure.split("/"))


def _parse_stroke(stroke: str, figure: str) -> GridStroke:
    if not STROKE.fullmatch(stroke):
        raise ValueError(
            f'a stroke must be points such as "40 11! 39", with "~" before a smooth one, got {figure!r:.60}'
        )
    knots = stroke.removeprefix("~").split()
    points = np.array([[int(knot[0]), int(knot[1])] for knot in knots], dtype=np.float64) / GRID
    points.flags.writeable = False
    return GridStroke(points, tuple(knot.endswith("!") for knot in knots), stroke.startswith("~"))
