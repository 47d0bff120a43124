"""Curves through points, and points along lines."""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import torch

from mnist_core.ink.strokes import Polyline

Points = TypeVar("Points", np.ndarray, torch.Tensor)


def catmull_rom(points: np.ndarray, steps: int = 8) -> Polyline:
    """Return a Catmull-Rom spline through points (n, axes), `steps` pieces between two of them."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    cubic = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
    cubic = cubic + (3 * start - before - 3 * end + after) * t**3
    return np.concatenate([(cubic / 2).reshape(-1, points.shape[1]), points[-1:]])


def quadratic_bezier(start: Points, control: Points, end: Points, parts: Iterable[float]) -> list[Points]:
    """Return the points of a quadratic Bezier curve at some parts of the way, 0 at its start and 1 at its end.

    Args:
        start, control, end: points of any shape, or many at once; all of the same shape, which each result has too.
        parts: in [0, 1].
    """
    return [(1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end for t in parts]


def arc_lengths(line: Polyline) -> np.ndarray:
    """Return how far each point (n, 2) lies along its line: (n,) float64, 0 for the first."""
    return np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def resample(line: Polyline, count: int) -> Polyline:
    """Return `count` points at equal distances along a line (n, 2), from its first point to its last."""
    along = arc_lengths(line)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)
