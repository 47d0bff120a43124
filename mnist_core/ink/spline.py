"""Curves through points, and points at equal distances along a polyline."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from mnist_core.ink.strokes import Polyline

if TYPE_CHECKING:  # strokes from the canvas need no PyTorch
    import torch

Points = TypeVar("Points", np.ndarray, "torch.Tensor")


def catmull_rom(points: np.ndarray, steps: int = 8) -> Polyline:
    """Return a uniform Catmull-Rom spline through at least two points (n, axes), sampled `steps` times per segment.

    The end points are mirrored, so that the curve also has a tangent at its first and last point.
    """
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    cubic = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
    cubic = cubic + (3 * start - before - 3 * end + after) * t**3
    return np.concatenate([(cubic / 2).reshape(-1, points.shape[1]), points[-1:]])


def quadratic_bezier(start: Points, control: Points, end: Points, ts: Iterable[float]) -> list[Points]:
    """Evaluate a quadratic Bezier curve at the parameters `ts`.

    Args:
        start, control, end: one point or an array of points; all three, and each result, have the same shape.
        ts: curve parameters in [0, 1], 0 at the start and 1 at the end.
    """
    return [(1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end for t in ts]


def arc_lengths(line: Polyline) -> np.ndarray:
    """Return the distance along a polyline (n, 2) from its first point to each point: (n,) float64."""
    return np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def resample(line: Polyline, count: int) -> Polyline:
    """Return `count` points at equal distances along a polyline (n, 2), from its first point to its last."""
    distances = arc_lengths(line)
    targets = np.linspace(0, distances[-1], count)
    return np.stack([np.interp(targets, distances, line[:, axis]) for axis in (0, 1)], axis=1)
