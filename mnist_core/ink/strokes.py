"""Pen strokes: read them from JSON or from a Fabric.js drawing, and paint them."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

CANVAS_SIZE = 280  # px, the side of the square canvas when nobody says otherwise
BRUSH = 20  # px, the brush width when nobody says otherwise
SUPERSAMPLING = 4  # painted this many times larger, then averaged down: that is the anti-aliasing
JOINTS = 16  # round joints to a brush width; between them a bend loses less than a hundredth of the brush
MAX_POINTS = 20_000  # more than a minute of scribbling; beyond it the input is no drawing of a digit
MIN_SIZE, MAX_SIZE = 1, 4_096  # px, of a canvas; a brush is at least 1 px too

Polyline = np.ndarray  # (n, 2) float64, x to the right and y down


@dataclass(frozen=True)
class Strokes:
    """What a pen did: polylines in canvas px, `brush` px wide, on a square canvas of `size` px."""

    lines: tuple[Polyline, ...]
    brush: float = BRUSH
    size: float = CANVAS_SIZE

    @property
    def is_blank(self) -> bool:
        """True when the pen never touched the canvas."""
        return not self.lines

    def bounds(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) of the centre lines, in canvas px."""
        points = np.concatenate(self.lines)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def transformed(self, scale: float, dx: float, dy: float, brush: float, size: float) -> "Strokes":
        """Return the same strokes scaled about the origin, then shifted, under another brush and canvas."""
        return Strokes(tuple(line * scale + (dx, dy) for line in self.lines), brush, size)


def rasterise(strokes: Strokes, width: int | None = None, height: int | None = None) -> np.ndarray:
    """Paint strokes with a round brush.

    Returns:
        (height, width) float32 coverage in [0, 1], 1 where the ink is; the canvas size where no size is given.
    """
    width = width or round(strokes.size)
    height = height or round(strokes.size)
    picture = Image.new("L", (width * SUPERSAMPLING, height * SUPERSAMPLING))
    draw = ImageDraw.Draw(picture)
    brush = max(1.0, strokes.brush * SUPERSAMPLING)
    for line in strokes.lines:
        points = [(float(x), float(y)) for x, y in line * SUPERSAMPLING - 0.5]
        if len(points) > 1:
            draw.line(points, fill=255, width=round(brush))
        for x, y in _spread(points, brush / JOINTS):  # round joints and caps
            draw.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), fill=255)
    return np.asarray(picture.reduce(SUPERSAMPLING), dtype=np.float32) / 255


def _spread(points: list[tuple[float, float]], gap: float) -> Iterator[tuple[float, float]]:
    """Yield the first and the last point, and between them those that are at least a gap apart."""
    last = points[0]
    yield last
    for point in points[1:-1]:
        if math.dist(point, last) >= gap:
            last = point
            yield point
    yield points[-1]


def parse_strokes(text: str) -> Strokes:
    """Read one stroke line: `{"strokes": [[[x, y], ...], ...], "brush": 20, "size": 280}`.

    Raises:
        ValueError: the text is no JSON, or the JSON is no such drawing; the message says what was expected.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f'expected a JSON object such as {{"strokes": [[[x, y], ...]]}}, got no JSON ({error})'
        ) from None
    if not isinstance(record, dict) or not isinstance(record.get("strokes"), list):
        raise ValueError('expected a JSON object with a list named "strokes", each stroke a list of [x, y] points')
    size = _positive(record.get("size", CANVAS_SIZE), "size", MAX_SIZE)
    brush = _positive(record.get("brush", BRUSH), "brush", size)
    return Strokes(_polylines(record["strokes"], size), brush, size)


def _positive(value: Any, name: str, largest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not MIN_SIZE <= value <= largest:
        raise ValueError(f'"{name}" must be a number of px from {MIN_SIZE:g} to {largest:g}, got {value!r:.40}')
    return float(value)


def _polylines(strokes: Sequence[Any], size: float) -> tuple[Polyline, ...]:
    lines = []
    for stroke in strokes:
        try:
            line = np.array(stroke)
            line = line.astype(np.float64) if line.dtype.kind in "iuf" else np.empty(0)
        except (TypeError, ValueError, OverflowError):
            line = np.empty(0)
        if line.size == 0 and stroke == []:
            continue
        if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
            raise ValueError(f"each stroke must be a list of [x, y] numbers in canvas px, got {stroke!r:.60}")
        if np.abs(line).max() > 10 * size:
            raise ValueError(f"points must lie on the canvas of {size:g} px or near it, got {np.abs(line).max():g} px")
        lines.append(line)
    if sum(map(len, lines)) > MAX_POINTS:
        raise ValueError(f"a drawing may have up to {MAX_POINTS} points, got {sum(map(len, lines))}")
    return tuple(lines)
