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
REACH = 10  # canvas sides; points may lie this far from the origin, because pens slip off the canvas
MAX_PASSES = 250  # times that the strokes may cover the area of the canvas, which bounds the time that drawing takes

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
    lines = _parse_polylines(record["strokes"])
    check_bounds(lines, brush, size)
    return Strokes(lines, brush, size)


def check_bounds(lines: Sequence[Polyline], brush: float, size: float) -> None:
    """Check that strokes can be worked on in little time, whatever drew them.

    Args:
        lines: polylines (n, 2) in canvas px.
        brush: px.
        size: px, the side of the canvas.

    Raises:
        ValueError: there are too many points, one is not finite or far off the canvas, the brush or the canvas has an
            impossible size, or there is far more ink than a drawing of a digit has.
    """
    if not MIN_SIZE <= size <= MAX_SIZE or not MIN_SIZE <= brush <= size:
        raise ValueError(f"a brush must be {MIN_SIZE:g} px to the size of the canvas, got {brush:g} px on {size:g} px")
    count = sum(map(len, lines))
    if count > MAX_POINTS:
        raise ValueError(f"a drawing can have at most {MAX_POINTS:,} points, got {count:,}")
    for line in lines:
        if not np.isfinite(line).all():
            raise ValueError("points must be finite numbers of px, got others")
        if np.abs(line).max(initial=0) > REACH * size:
            raise ValueError(f"points must be on or near the canvas of {size:g} px, got {np.abs(line).max():g} px")
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)
    if (length + brush * len(lines)) * brush > MAX_PASSES * size**2:
        raise ValueError(f"a drawing can cover its canvas {MAX_PASSES} times at most, got more ink than that")


def _number_of_px(value: Any, name: str, largest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not MIN_SIZE <= value <= largest:
        raise ValueError(f'"{name}" must be a number from {MIN_SIZE:g} to {largest:g} (px), got {value!r:.40}')
    return float(value)


def _parse_polylines(strokes: Sequence[Any]) -> tuple[Polyline, ...]:
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
        lines.append(line)
    return tuple(lines)
