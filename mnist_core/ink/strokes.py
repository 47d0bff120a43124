"""Pen strokes: parse them from JSON and rasterise them."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

CANVAS_SIZE = 280  # px, default side of the square canvas
BRUSH = 20  # px, default brush width
SUPERSAMPLING = 4  # lines are drawn at this scale and averaged down, which anti-aliases them
JOINTS = 16  # round joints per brush width; a bend between two joints loses less than 1% of the brush width
MAX_POINTS = 20_000  # more than a minute of scribbling; no drawing of a digit needs more
MIN_SIZE, MAX_SIZE = 1, 4_096  # px, side of a canvas; a brush is also at least 1 px wide

Polyline = np.ndarray  # (n, 2) float64: x to the right, y down


@dataclass(frozen=True)
class Strokes:
    """Pen strokes: polylines in canvas px, `brush` px wide, on a square canvas of `size` px."""

    lines: tuple[Polyline, ...]
    brush: float = BRUSH
    size: float = CANVAS_SIZE

    @property
    def is_blank(self) -> bool:
        """True when there are no strokes."""
        return not self.lines

    def bounds(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) of the centre lines, in canvas px."""
        points = np.concatenate(self.lines)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def transformed(self, scale: float, dx: float, dy: float, brush: float, size: float) -> "Strokes":
        """Return the strokes scaled about the origin and then shifted, with a new brush width and canvas size."""
        return Strokes(tuple(line * scale + (dx, dy) for line in self.lines), brush, size)


def rasterise(strokes: Strokes, width: int | None = None, height: int | None = None) -> np.ndarray:
    """Draw strokes with a round brush.

    Args:
        strokes: what to draw.
        width: px; the canvas size by default.
        height: px; the canvas size by default.

    Returns:
        (height, width) float32 coverage in [0, 1], 1 for ink.
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
        for x, y in _spaced_points(points, brush / JOINTS):  # round joints and caps
            draw.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), fill=255)
    return np.asarray(picture.reduce(SUPERSAMPLING), dtype=np.float32) / 255


def _spaced_points(points: list[tuple[float, float]], gap: float) -> Iterator[tuple[float, float]]:
    """Yield the first point, then each point at least `gap` from the previous one, and the last point."""
    last = points[0]
    yield last
    for point in points[1:-1]:
        if math.dist(point, last) >= gap:
            last = point
            yield point
    yield points[-1]


def parse_strokes(text: str) -> Strokes:
    """Parse one drawing from JSON: `{"strokes": [[[x, y], ...], ...], "brush": 20, "size": 280}`.

    Raises:
        ValueError: the text is not JSON or does not describe a drawing; the message says what was expected.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f'expected a JSON object such as {{"strokes": [[[x, y], ...]]}}, got invalid JSON ({error})'
        ) from None
    if not isinstance(record, dict) or not isinstance(record.get("strokes"), list):
        raise ValueError('expected a JSON object with a list "strokes" in which each stroke is a list of [x, y] points')
    size = _number_of_px(record.get("size", CANVAS_SIZE), "size", MAX_SIZE)
    brush = _number_of_px(record.get("brush", BRUSH), "brush", size)
    return Strokes(_parse_polylines(record["strokes"], size), brush, size)


def _number_of_px(value: Any, name: str, largest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not MIN_SIZE <= value <= largest:
        raise ValueError(f'"{name}" must be a number from {MIN_SIZE:g} to {largest:g} (px), got {value!r:.40}')
    return float(value)


def _parse_polylines(strokes: Sequence[Any], size: float) -> tuple[Polyline, ...]:
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
            raise ValueError(f"points must be on or near the canvas of {size:g} px, got {np.abs(line).max():g} px")
        lines.append(line)
    if sum(map(len, lines)) > MAX_POINTS:
        raise ValueError(f"a drawing can have at most {MAX_POINTS:,} points, got {sum(map(len, lines)):,}")
    return tuple(lines)
