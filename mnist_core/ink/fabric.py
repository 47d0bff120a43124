"""Convert between strokes and the Fabric.js drawings that the browser canvas stores."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_core.ink.eraser import erase
from mnist_core.ink.spline import quadratic_bezier
from mnist_core.ink.strokes import BRUSH, CANVAS_SIZE, MAX_POINTS, REACH, Polyline, Strokes, check_bounds

Point = tuple[float, float]  # x, y in canvas px

ERASER_COLOUR = "#000000"  # of a path that erases: the paper's
SEGMENT_LENGTH = 3.0  # px, approximate length of the line segments that replace a quadratic curve


def strokes_from_fabric(drawing: object, size: float = CANVAS_SIZE) -> Strokes:
    """Convert a Fabric.js drawing (the canvas's `json_data`) to strokes, all as wide as the widest of them.

    Quadratic curves become polylines. Paths that the canvas's edit tool moved, scaled, flipped or rotated keep their
    new position. A drawing without paths gives blank strokes, and so does one that no canvas sends: malformed, or
    beyond `strokes.check_bounds`. It is bounded before any work begins.
    """
    strokes = stroke_by_stroke(drawing, size)
    lines = tuple(line for stroke in strokes for line in stroke.lines)
    return Strokes(lines, max((stroke.brush for stroke in strokes), default=float(BRUSH)), size)


def stroke_by_stroke(
    drawing: object, size: float = CANVAS_SIZE, before: tuple[Strokes, ...] = ()
) -> tuple[Strokes, ...]:
    """Convert a Fabric.js drawing path by path, each with its own brush width, as `strokes_from_fabric` does.

    A path in `ERASER_COLOUR` erases the parts of earlier strokes that it covers, see `eraser.erase`.

    Args:
        drawing: the canvas's `json_data`.
        size: px, the side of the canvas.
        before: strokes that were on the paper before the drawing; they can be erased too.

    Returns:
        What is left of the strokes before, and then of those in the drawing. If they would be beyond
        `strokes.check_bounds` together, or no canvas sends such a drawing, the strokes before alone.
    """
    try:
        objects = drawing["objects"] if isinstance(drawing, dict) and drawing.get("objects") else []
        paths = [item for item in objects if str(item.get("type")).lower() == "path"]
        if sum(len(path.get("path") or []) for path in paths) > MAX_POINTS:
            return before
        budget = _Budget(MAX_POINTS, REACH * size)
        drawn = [
            (Strokes(tuple(lines), float(path.get("strokeWidth") or BRUSH), size), path.get("stroke"))
            for path in paths
            if (lines := _fabric_polylines(path, budget))
        ]
        _check_together([stroke for stroke, _ in drawn], size)
        strokes = before
        for stroke, colour in drawn:
            strokes = erase(strokes, stroke) if colour == ERASER_COLOUR else (*strokes, stroke)
        _check_together(strokes, size)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):  # no canvas sent this
        return before
    return strokes


def _check_together(strokes: Sequence[Strokes], size: float) -> None:
    for stroke in strokes:
        check_bounds(stroke.lines, stroke.brush, size)
    lines = [line for stroke in strokes for line in stroke.lines]
    check_bounds(lines, max((stroke.brush for stroke in strokes), default=BRUSH), size)


@dataclass
class _Budget:
    """How many more points a drawing may have, and how far (px) from the origin each of them may be."""

    points: int
    reach: float

    def point(self, x: float, y: float) -> Point:
        """Return a point, or raise ValueError when it is too far away or not finite."""
        if not (abs(x) <= self.reach and abs(y) <= self.reach):
            raise ValueError(f"points must be within {self.reach:g} px, got ({x:g}, {y:g})")
        return float(x), float(y)

    def spend(self, count: int) -> None:
        """Take points out of the budget, or raise ValueError when it has not so many."""
        self.points -= count
        if self.points < 0:
            raise ValueError("the drawing has too many points")


def _fabric_polylines(path: Mapping[str, Any], budget: _Budget) -> list[Polyline]:
    lines: list[list[Point]] = []
    for command, *values in path.get("path") or []:
        if command == "M":
            lines.append([budget.point(values[0], values[1])])
            budget.spend(1)
        elif command == "L":
            lines[-1].append(budget.point(values[0], values[1]))
            budget.spend(1)
        elif command == "Q":
            control, end = budget.point(values[0], values[1]), budget.point(values[2], values[3])
            lines[-1].extend(_flatten_quadratic(lines[-1][-1], control, end, budget))
    return [_apply_transform(np.array(line, dtype=np.float64), path) for line in lines if line]


def _flatten_quadratic(start: Point, control: Point, end: Point, budget: _Budget) -> list[Point]:
    """Replace a quadratic curve by line segments and return their end points."""
    segments = math.ceil((math.dist(start, control) + math.dist(control, end)) / SEGMENT_LENGTH) or 1
    budget.spend(segments)
    first, middle, last = (np.array(point, dtype=np.float64) for point in (start, control, end))
    points = quadratic_bezier(first, middle, last, (step / segments for step in range(1, segments + 1)))
    return [(float(x), float(y)) for x, y in points]


def _apply_transform(line: Polyline, path: Mapping[str, Any]) -> Polyline:
    """Apply the scale, flip and rotation (about the path's centre) and the position set with the edit tool."""
    scale = np.array([path.get("scaleX", 1) or 1, path.get("scaleY", 1) or 1], dtype=np.float64)
    scale *= (-1 if path.get("flipX") else 1, -1 if path.get("flipY") else 1)
    angle = math.radians(path.get("angle", 0) or 0)
    centre = (line.min(axis=0) + line.max(axis=0)) / 2
    rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    if path.get("originX") == path.get("originY") == "center" and "left" in path and "top" in path:
        target = np.array([path["left"], path["top"]], dtype=np.float64)
    else:
        target = centre
    return (line - centre) * scale @ rotation + target
