"""Curves through points."""

import numpy as np

from mnist_core.ink.strokes import Polyline


def curve(points: np.ndarray, steps: int = 8) -> Polyline:
    """Return a Catmull-Rom spline through points (n, axes), `steps` pieces between two of them."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    cubic = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
    cubic = cubic + (3 * start - before - 3 * end + after) * t**3
    return np.concatenate([(cubic / 2).reshape(-1, points.shape[1]), points[-1:]])
