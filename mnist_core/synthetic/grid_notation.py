"""The notation of the shape tables: figures drawn with a pen on a grid of ten by ten, such as "~40 11 06! 39/16 76".

Two digits are a point: x to the right, then y down. "/" lifts the pen. "~" before a stroke marks it as a smooth curve.
"!" after a point marks it as a corner.
"""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

GRID = 9  # the largest coordinate; it is 1 in the parsed points
STROKE = re.compile(r"~?\d\d!?( \d\d!?)*")


@dataclass(frozen=True, eq=False)
class GridStroke:
    """One stroke of a figure.

    Attributes:
        points: (n, 2) float64 in [0, 1], x to the right and y down. Read-only.
        corners: n flags, True for the points that are corners.
        is_smooth: whether the stroke is a smooth curve.
    """

    points: np.ndarray
    corners: tuple[bool, ...]
    is_smooth: bool


@cache
def parse_grid(figure: str) -> tuple[GridStroke, ...]:
    """Parse a figure in grid notation.

    Raises:
        ValueError: the text is not in this notation.
    """
    return tuple(_parse_stroke(stroke, figure) for stroke in figure.split("/"))


def _parse_stroke(stroke: str, figure: str) -> GridStroke:
    if not STROKE.fullmatch(stroke):
        raise ValueError(
            f'a stroke must be points such as "40 11! 39", after "~" if smooth, got {stroke!r:.40} in {figure!r:.60}'
        )
    knots = stroke.removeprefix("~").split()
    points = np.array([[int(knot[0]), int(knot[1])] for knot in knots], dtype=np.float64) / GRID
    points.flags.writeable = False
    return GridStroke(points, tuple(knot.endswith("!") for knot in knots), stroke.startswith("~"))
