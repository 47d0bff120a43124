"""Convert between strokes and the Fabric.js drawings that the browser canvas stores."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mnist_core.ink.spline import quadratic_bezier
from mnist_core.ink.strokes import BRUSH, CANVAS_SIZE, Polyline, Strokes

Point = tuple[float, float]  # x, y in canvas px

SEGMENT_LENGTH = 3.0  # px, approximate length of the line segments that replace a quadratic curve


def strokes_from_fabric(drawing: Mapping[str, Any] | None, size: float = CANVAS_SIZE) -> Strokes:
    """Convert a Fabric.js drawing (the canvas's `json_data`) to strokes.

    Quadratic curves become polylines. Paths that the canvas's edit tool moved, scaled, flipped or rotated keep their
    new position. A drawing without paths gives blank strokes.
    """
    paths = [item for item in (drawing or {}).get("objects", []) if str(item.get("type")).lower() == "path"]
    lines = [line for path in paths for line in _fabric_polylines(path)]
    brush = max((float(path.get("strokeWidth") or BRUSH) for path in paths), default=float(BRUSH))
    return Strokes(tuple(lines), brush, size)


def fabric_from_strokes(strokes: Strokes, colour: str) -> dict[str, Any]:
    """Return a Fabric.js drawing of the strokes for the canvas: one path per line, in a CSS colour such as "#fff"."""
    return {"objects": [_fabric_path(line, strokes.brush, colour) for line in strokes.lines]}


def _fabric_path(line: Polyline, brush: float, colour: str) -> dict[str, Any]:
    points = [[round(float(x), 4), round(float(y), 4)] for x, y in line]
    if len(points) == 1:  # Fabric.js draws a dot as a path of length 0
        points = points * 2
    (left, top), (right, bottom) = line.min(axis=0), line.max(axis=0)
    return {
        "type": "Path",
        "path": [["M", *points[0]], *(["L", *point] for point in points[1:])],
        "left": float(left + right) / 2,
        "top": float(top + bottom) / 2,
        "width": float(right - left),
        "height": float(bottom - top),
        "originX": "center",
        "originY": "center",
        "fill": None,
        "stroke": colour,
        "strokeWidth": brush,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def _fabric_polylines(path: Mapping[str, Any]) -> list[Polyline]:
    lines: list[list[Point]] = []
    for command, *values in path.get("path", []):
        if command == "M":
            lines.append([(values[0], values[1])])
        elif command == "L":
            lines[-1].append((values[0], values[1]))
        elif command == "Q":
            lines[-1].extend(_flatten_quadratic(lines[-1][-1], (values[0], values[1]), (values[2], values[3])))
    return [_apply_transform(np.array(line, dtype=np.float64), path) for line in lines if line]


def _flatten_quadratic(start: Point, control: Point, end: Point) -> list[Point]:
    """Replace a quadratic curve by line segments and return their end points."""
    segments = math.ceil((math.dist(start, control) + math.dist(control, end)) / SEGMENT_LENGTH) or 1
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
