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
BATCH = 2_048  # shapes to draw before the first look for those that would change nothing
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


def first_part(strokes: Strokes, part: float) -> Strokes:
    """Return what is written of strokes when a pen has done a part of their length, in [0, 1]; a dot has no length."""
    lengths = [np.hypot(*np.diff(line, axis=0).T) for line in strokes.lines]
    left = part * sum(float(each.sum()) for each in lengths)
    lines = []
    for line, pieces in zip(strokes.lines, lengths, strict=True):
        done = np.concatenate([[0.0], np.cumsum(pieces)])
        if left <= 0 < done[-1]:
            break
        inside = done <= left
        end = [np.interp(left, done, line[:, axis]) for axis in range(2)]
        lines.append(line if inside.all() else np.vstack([line[inside], end]))
        left -= float(done[-1])
    return Strokes(tuple(lines), strokes.brush, strokes.size)


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
    brush = max(1.0, strokes.brush * SUPERSAMPLING)
    if strokes.lines:
        segments, joints = _shapes([line * SUPERSAMPLING - 0.5 for line in strokes.lines], brush)
        _draw_union(picture, segments, joints, round(brush))
    return np.asarray(picture.reduce(SUPERSAMPLING), dtype=np.float32) / 255


def _shapes(lines: Sequence[Polyline], brush: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what lines consist of.

    Args:
        lines: polylines (n, 2) in px of the picture.
        brush: px of the picture.

    Returns:
        The segments (n, 4) int64, as x, y, x, y of their ends, and the boxes (m, 4) int64 around the round joints and
        caps, as left, top, right, bottom. NOTE: Pillow draws both from whole px, and it truncates others to these.
    """
    points = np.concatenate(lines)
    is_last = np.zeros(len(points), dtype=bool)
    is_last[np.cumsum([len(line) for line in lines]) - 1] = True
    segments = np.hstack([points[:-1], points[1:]])[~is_last[:-1]]
    joints = np.array([joint for line in lines for joint in _spaced_points(line.tolist(), brush / JOINTS)])
    boxes = np.hstack([joints - brush / 2, joints + brush / 2])
    return np.trunc(segments).astype(np.int64), np.trunc(boxes).astype(np.int64)


def _draw_union(picture: Image.Image, segments: np.ndarray, joints: np.ndarray, width: int) -> None:
    """Draw segments and joints, as `_shapes` gives them; shapes that only cover what is covered already are left out.

    A scribble covers the same pixels many times. The shapes are drawn in a random order, which covers most of these
    pixels soon, and in batches, after which those shapes are left out whose whole surroundings are covered.
    """
    draw = ImageDraw.Draw(picture)
    if len(segments) + len(joints) <= BATCH:
        for line in _joined(segments):
            draw.line(line, fill=255, width=width)
        for joint in joints.tolist():
            draw.ellipse(joint, fill=255)
        return
    shapes = np.concatenate([segments, joints])
    is_joint = np.arange(len(shapes)) >= len(segments)
    order, batch = np.unique(np.column_stack([shapes, is_joint]), axis=0, return_index=True)[1], BATCH
    order = np.random.default_rng(0).permutation(order)
    surroundings = _surroundings(segments, joints, width, picture.size)
    while len(order):
        now, order = order[:batch], order[batch:]
        for segment in shapes[now[~is_joint[now]]].tolist():
            draw.line(segment, fill=255, width=width)
        for joint in shapes[now[is_joint[now]]].tolist():
            draw.ellipse(joint, fill=255)
        if len(order):
            order = order[~_are_covered(picture, surroundings[order])]
        batch *= 2  # most of those that are left change the picture, and looking takes time


def _joined(segments: np.ndarray) -> Iterator[list[int]]:
    """Yield x, y, x, y, ... of the lines that segments (n, 4) form, each beginning where the one before it ends.

    Pillow draws a line as it draws its segments, but in one call.
    """
    breaks = np.flatnonzero((segments[1:, :2] != segments[:-1, 2:]).any(axis=1)) + 1
    for line in np.split(segments, breaks) if len(segments) else ():
        yield [*line[0, :2].tolist(), *line[:, 2:].ravel().tolist()]


def _surroundings(segments: np.ndarray, joints: np.ndarray, width: int, size: tuple[int, int]) -> np.ndarray:
    """Return the part of the picture that each segment and each joint may change, with 1 px or more around it.

    It is (n, 4) int64: left, top, right, bottom; right and bottom are exclusive.
    """
    margin = width // 2 + 2
    starts, ends = np.minimum(segments[:, :2], segments[:, 2:]), np.maximum(segments[:, :2], segments[:, 2:])
    boxes = np.concatenate([np.hstack([starts - margin, ends + margin + 1]), joints + np.array([-1, -1, 2, 2])])
    return np.clip(boxes, 0, np.array(size * 2))


def _are_covered(picture: Image.Image, boxes: np.ndarray) -> np.ndarray:
    """Return for each box (left, top, right, bottom) of a picture whether it is full of ink: (n,) bool."""
    gaps = np.zeros((picture.height + 1, picture.width + 1), dtype=np.int32)  # pixels without ink above and to the left
    np.cumsum(np.asarray(picture) == 0, axis=1, dtype=np.int32, out=gaps[1:, 1:])
    np.cumsum(gaps, axis=0, out=gaps)
    left, top, right, bottom = boxes.T
    in_box: np.ndarray = gaps[bottom, right] - gaps[top, right] - gaps[bottom, left] + gaps[top, left]
    return in_box == 0


def _spaced_points(points: list[list[float]], gap: float) -> Iterator[list[float]]:
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
