"""A drawing as the canvas would send it, written by hand."""

from typing import Any

from mnist_core.ink.strokes import Polyline, Strokes


def fabric_from_strokes(strokes: Strokes, colour: str) -> dict[str, Any]:
    """Return the Fabric.js drawing of strokes: one path per line, in a CSS colour such as "#fff"."""
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
