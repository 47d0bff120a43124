"""The Fabric.js drawings that the browser's canvas keeps, as strokes and back."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mnist_core.ink.spline import quadratic_bezier
from mnist_core.ink.strokes import BRUSH, CANVAS_SIZE, Polyline, Strokes

Point = tuple[float, float]  # x, y in canvas px

CURVE_PIECE = 3.0  # px, about the length of the line pieces that a quadratic curve of the canvas is cut into


def strokes_from_fabric(drawing: Mapping[str, Any] | None, size: float = CANVAS_SIZE) -> Strokes:
    """Read the Fabric.js drawing that the canvas keeps (its `json_data`).

    Quadratic curves are cut into line pieces, and what the canvas's own edit tool moved, scaled or turned is followed.
    A drawing that holds no path gives blank strokes.
    """
    paths = [item for item in (drawing or {}).get("objects", []) if str(item.get("type")).lower() == "path"]
    lines = [line for path in paths for line in _fabric_polylines(path)]
    brush = max((float(path.get("strokeWidth") or BRUSH) for path in paths), default=float(BRUSH))
    return Strokes(tuple(lines), brush, size)


def fabric_from_strokes(strokes: Strokes, color: str) -> dict[str, Any]:
    """Return a Fabric.js drawing that shows the strokes on the canvas, each line a path in `color`."""
    return {"objects": [_fabric_path(line, strokes.brush, color) for line in strokes.lines]}


def _fabric_path(line: Polyline, brush: float, color: str) -> dict[str, Any]:
    points = [[round(float(x), 2), round(float(y), 2)] for x, y in line]
    if len(points) == 1:  # a dot is a path of no length
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
        "stroke": color,
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
            lines[-1].extend(_curve(lines[-1][-1], (values[0], values[1]), (values[2], values[3])))
    return [_placed(np.array(line, dtype=np.float64), path) for line in lines if line]


def _curve(start: Point, control: Point, end: Point) -> list[Point]:
    """Cut a quadratic curve into line pieces; returns their ends."""
    pieces = math.ceil((math.dist(start, control) + math.dist(control, end)) / CURVE_PIECE) or 1
    first, bend, last = (np.array(point, dtype=np.float64) for point in (start, control, end))
    points = quadratic_bezier(first, bend, last, (step / pieces for step in range(1, pieces + 1)))
    return [(float(x), float(y)) for x, y in points]


def _placed(line: Polyline, path: Mapping[str, Any]) -> Polyline:
    """Apply the scale and angle that the edit tool gave a path, about the path's own centre."""
    scale = np.array([path.get("scaleX", 1) or 1, path.get("scaleY", 1) or 1], dtype=np.float64)
    scale *= (-1 if path.get("flipX") else 1, -1 if path.get("flipY") else 1)
    angle = math.radians(path.get("angle", 0) or 0)
    centre = (line.min(axis=0) + line.max(axis=0)) / 2
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    if path.get("originX") == path.get("originY") == "center" and "left" in path and "top" in path:
        target = np.array([path["left"], path["top"]], dtype=np.float64)
    else:
        target = centre
    return (line - centre) * scale @ turn + target
