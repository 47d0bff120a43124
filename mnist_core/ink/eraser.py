"""Erase parts of pen strokes with a round eraser."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mnist_core.ink.strokes import MAX_POINTS, Polyline, Strokes

MAX_WORK = 10_000_000  # segments of the eraser's path times segments of the lines near them; some seconds
CRUMB = 0.25  # brush widths; what an eraser leaves of a line must be longer, or it would come back as a dot of ink
EPSILON = 1e-9  # px; what is nearer than this to the edge of the eraser's trace is at its edge


def erase(strokes: Sequence[Strokes], eraser: Strokes) -> tuple[Strokes, ...]:
    """Remove every part of the centre lines that the eraser comes over.

    Lines are cut where the distance from the eraser's path is half its width, and keep their brush. A cut line's pieces
    stay in one stroke; pieces shorter than a quarter of the brush are removed too. Strokes that nothing is left of are
    left out, and strokes that the eraser does not touch are returned as they are.

    Args:
        strokes: the drawing stroke by stroke, in the px of the eraser's canvas.
        eraser: the path of the eraser, with its width as the brush.

    Raises:
        ValueError: the pieces would have more than `strokes.MAX_POINTS` points, or the eraser passes lines more than
            `MAX_WORK` times.
    """
    segments = _eraser_segments(eraser)
    work = sum(len(_near_line(segments, line, eraser.brush / 2)) * len(line) for each in strokes for line in each.lines)
    if work > MAX_WORK:
        raise ValueError(f"an eraser can pass at most {MAX_WORK:,} times by a segment of a line, got {work:,} times")
    points_left = MAX_POINTS
    rest = []
    for stroke in strokes:
        lines = tuple(piece for line in stroke.lines for piece in _erase_line(line, segments, eraser.brush / 2, stroke))
        is_same = len(lines) == len(stroke.lines) and all(map(np.array_equal, lines, stroke.lines))
        points_left -= sum(map(len, lines))
        if points_left < 0:
            raise ValueError(f"a drawing can have at most {MAX_POINTS:,} points, and erasing would leave more")
        if lines:
            rest.append(stroke if is_same else replace(stroke, lines=lines))
    return tuple(rest)


def _eraser_segments(eraser: Strokes) -> np.ndarray:
    """Return the segments of the eraser's path: (n, 2, 2) float64, the first and the last point of each."""
    paths = [line if len(line) > 1 else np.repeat(line, 2, axis=0) for line in eraser.lines if len(line)]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([path[:-1], path[1:]], axis=1) for path in paths)])


def _erase_line(line: Polyline, eraser: np.ndarray, radius: float, stroke: Strokes) -> list[Polyline]:
    """Return what is left of a line, in order."""
    if not len(line):
        return []
    ends = line if len(line) > 1 else np.repeat(line, 2, axis=0)
    near = _near_line(eraser, line, radius)
    if not len(near):
        return [line]
    # The parts that are left, as their first and last point and the number of their segment in the line.
    parts = np.stack([ends[:-1], ends[1:]], axis=1)
    numbers = np.arange(len(parts))
    for segment in near:
        parts, numbers = _erase_parts(parts, numbers, segment, radius)
        if len(parts) > MAX_POINTS:
            raise ValueError(f"a drawing can have at most {MAX_POINTS:,} points, and erasing would leave more")
    if len(parts) == len(ends) - 1 and np.array_equal(parts[:, 0], ends[:-1]) and np.array_equal(parts[:, 1], ends[1:]):
        return [line]
    if len(line) == 1:
        return []
    return [piece for piece in _joined(parts, numbers) if _length(piece) >= CRUMB * stroke.brush]


def _near_line(segments: np.ndarray, line: Polyline, radius: float) -> np.ndarray:
    """Return the segments (n, 2, 2) whose bounding box is within the radius of a line's bounding box."""
    if not len(line):
        return segments[:0]
    low, high = line.min(axis=0) - radius, line.max(axis=0) + radius
    return segments[((segments.max(axis=1) > low) & (segments.min(axis=1) < high)).all(axis=1)]


def _erase_parts(
    parts: np.ndarray, numbers: np.ndarray, segment: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one segment of the eraser's path leaves of parts of lines (n, 2, 2), and their numbers (n,)."""
    low, high = segment.min(axis=0) - radius, segment.max(axis=0) + radius
    hit = np.flatnonzero(((parts.max(axis=1) > low) & (parts.min(axis=1) < high)).all(axis=1))
    if not len(hit):
        return parts, numbers
    starts, along = parts[hit, 0], parts[hit, 1] - parts[hit, 0]
    first, last = _range_within(starts, along, segment, radius)
    slack = EPSILON / np.maximum(np.hypot(*along.T), EPSILON)
    is_hit = last - first > 2 * slack
    # A dot is a part without a length, which is erased as a whole or not at all.
    is_hit |= (last > first) & (np.hypot(*along.T) < EPSILON)
    hit, starts, along, first, last = hit[is_hit], starts[is_hit], along[is_hit], first[is_hit], last[is_hit]
    slack = slack[is_hit]
    before = np.stack([starts, starts + first[:, None] * along], axis=1)
    after = np.stack([starts + last[:, None] * along, parts[hit, 1]], axis=1)
    kept = np.setdiff1d(np.arange(len(parts)), hit)
    has_before, has_after = first > slack, last < 1 - slack
    # The place of each part in the new order: that of its old part, with what is after the gap behind.
    places = np.concatenate([kept, hit[has_before], hit[has_after] + 0.5])
    order = np.argsort(places, kind="stable")
    left = np.concatenate([parts[kept], before[has_before], after[has_after]])[order]
    return left, np.concatenate([numbers[kept], numbers[hit[has_before]], numbers[hit[has_after]]])[order]


def _range_within(
    starts: np.ndarray, along: np.ndarray, segment: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return which range of each part is within a radius of a segment, as fractions of the part.

    All points within the radius of a segment are a convex shape, so that the range has no gaps. The shape consists of a
    disc around either end and of a rectangle between them.

    Args:
        starts: the first points of the parts (n, 2).
        along: from these to the last points (n, 2).
        segment: (2, 2).
        radius: px.

    Returns:
        The ends of the ranges (n,), in [0, 1]. Where nothing is within the radius, the second is not larger.
    """
    ranges = [_range_in_disc(starts - end, along, radius) for end in segment]
    direction = segment[1] - segment[0]
    length = float(np.hypot(*direction))
    if length > EPSILON:
        direction = direction / length
        across = np.array([-direction[1], direction[0]])
        offsets = starts - segment[0]
        lengthwise = _range_between(offsets @ direction, along @ direction, 0.0, length)
        crosswise = _range_between(offsets @ across, along @ across, -radius, radius)
        ranges.append((np.maximum(lengthwise[0], crosswise[0]), np.minimum(lengthwise[1], crosswise[1])))
    clipped = [(np.clip(low, 0, 1), np.clip(high, 0, 1)) for low, high in ranges]
    is_empty = [high <= low for low, high in clipped]
    first = np.min([np.where(empty, 1.0, low) for (low, _), empty in zip(clipped, is_empty, strict=True)], axis=0)
    last = np.max([np.where(empty, 0.0, high) for (_, high), empty in zip(clipped, is_empty, strict=True)], axis=0)
    return first, last


def _range_in_disc(offsets: np.ndarray, along: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Return for which t `offsets` + t `along` is in a disc around the origin; an empty range is reversed."""
    a = (along**2).sum(axis=1)
    b = (offsets * along).sum(axis=1)
    c = (offsets**2).sum(axis=1) - radius**2
    is_dot = a < EPSILON**2
    root = np.sqrt(np.maximum(b**2 - a * c, 0))
    safe = np.where(is_dot, 1.0, a)
    is_empty = np.where(is_dot, c >= 0, b**2 <= a * c)
    low, high = np.where(is_dot, 0.0, (-b - root) / safe), np.where(is_dot, 1.0, (-b + root) / safe)
    return np.where(is_empty, 1.0, low), np.where(is_empty, 0.0, high)


def _range_between(offsets: np.ndarray, along: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return for which t the numbers `offsets` + t `along` are between two others; an empty range is reversed."""
    is_flat = np.abs(along) < EPSILON
    safe = np.where(is_flat, 1.0, along)
    at_low, at_high = (low - offsets) / safe, (high - offsets) / safe
    is_inside = (offsets > low) & (offsets < high)
    first = np.where(is_flat, np.where(is_inside, 0.0, 1.0), np.minimum(at_low, at_high))
    last = np.where(is_flat, np.where(is_inside, 1.0, 0.0), np.maximum(at_low, at_high))
    return first, last


def _joined(parts: np.ndarray, numbers: np.ndarray) -> list[Polyline]:
    """Join parts of consecutive segments that meet, and return the polylines."""
    if not len(parts):
        return []
    meets = (numbers[1:] == numbers[:-1] + 1) & (parts[1:, 0] == parts[:-1, 1]).all(axis=1)
    ends = [0, *(np.flatnonzero(~meets) + 1).tolist(), len(parts)]
    return [np.concatenate([parts[first:last, 0], parts[last - 1 : last, 1]]) for first, last in pairwise(ends)]


def _length(line: Polyline) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
