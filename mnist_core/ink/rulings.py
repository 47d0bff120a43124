"""Remove the rulings of paper from the ink in a photo: straight, thin lines from border to border."""

import numpy as np

REACH = 8  # px to either side of a ruling's middle; a line twice as thick is no ruling
STEEPEST = 0.6  # slope of a ruling in a photo, from a tilted camera or a rotated page
SLOPE_STEP = 0.005  # less than 1 px at the borders of a photo of 640 px
FAINTEST = 0.012  # darkness relative to the paper
MAX_POINTS = 20_000  # that vote for lines, which bounds the time
BATCH = 2_000  # points that vote at a time, which bounds the memory
MAX_TRIALS = 96  # lines of each direction that are looked at, which bounds the time too
SHORTEST = 0.1  # of the photo's width: a line across its corner
SHARE_OF_SHORT = 0.75  # the same as `SHARE`, of a line shorter than half the photo's width
SHARE = 0.5  # of a line's length in the photo that must be seen as a thin line
SHARE_AT_ENDS = 0.5  # the same as `SHARE`, of the first and of the last twentieth of the line
WINDOW = 401  # px along a ruling, in which writing beside it changes its darkness little
EVERY = 4  # px; one in so many along a ruling is looked at, to save time
PERCENTILE = 40  # of the darkness in the window, as writing makes some of it darker
CLEARLY_DARKER = 1.4  # times as dark as the ruling: from there on, more and more of the darkness is ink that crosses it


def without_rulings(darkness: np.ndarray) -> np.ndarray:
    """Remove rulings, and keep the ink that crosses them.

    A line is a ruling if it is straight, thin and seen at both borders of the photo. What is left must be darker than
    the rulings: a line alone is ink.

    Args:
        darkness: (H, W) float32, 0 for paper, with a longer side of at most 640 px.

    Returns:
        (H, W) float32: 0 where a ruling was alone. It is the same picture when there are no rulings, or nothing else.
    """
    ruling = 1 - (1 - _rulings(darkness)) * (1 - _rulings(darkness.T).T)  # where two cross, both take light
    if not ruling.any():
        return darkness
    crossing = np.clip((darkness - CLEARLY_DARKER * ruling) / (0.4 * ruling + 0.02), 0, 1)
    left = np.clip(darkness - (1 - crossing) * ruling, 0, None).astype(np.float32)
    return left if float(left.max()) > float(ruling.max()) else darkness


def _rulings(darkness: np.ndarray) -> np.ndarray:
    """Return the darkness (H, W) of the rulings that run from left to right, 0 elsewhere."""
    from scipy.ndimage import maximum_filter1d, percentile_filter

    height, width = darkness.shape
    found = np.zeros_like(darkness)
    offsets = np.arange(-REACH, REACH + 1)[:, None]
    for slope, middle in _lines(_thinness(darkness)):
        line = np.rint(middle + slope * (np.arange(width) - width / 2)).astype(int)
        columns = np.flatnonzero((line >= 0) & (line < height))
        rows = line[columns] + offsets
        inside = (rows >= 0) & (rows < height)
        band = np.where(inside, darkness[np.clip(rows, 0, height - 1), columns], 0)
        some = percentile_filter(band[:, ::EVERY], PERCENTILE, size=(1, WINDOW // EVERY), mode="reflect")
        profile = np.repeat(some, EVERY, axis=1)[:, : len(columns)]
        profile = np.clip(profile - np.maximum(profile[:1], profile[-1:]), 0, None)
        profile = maximum_filter1d(profile, 3, axis=0)  # the middle was rounded to whole px
        np.maximum.at(found, (rows[inside], np.broadcast_to(columns, rows.shape)[inside]), profile[inside])
    return found


def _thinness(darkness: np.ndarray) -> np.ndarray:
    """Return by how much each pixel is darker than both `REACH` px above and `REACH` px below it: (H, W)."""
    padded = np.pad(darkness, ((REACH, REACH), (0, 0)))
    return darkness - np.maximum(padded[: -2 * REACH], padded[2 * REACH :])


def _lines(thinness: np.ndarray) -> list[tuple[float, float]]:
    """Find straight lines from left to right with a Hough transform (Duda and Hart, CACM 15, 1972).

    Returns:
        The slope of each line, and its y in the middle of the picture.
    """
    height, width = thinness.shape
    above, below = np.roll(thinness, 1, axis=0), np.roll(thinness, -1, axis=0)
    is_peak = (thinness > FAINTEST) & (thinness >= above) & (thinness > below)
    y, x = np.nonzero(is_peak)
    if len(x) > MAX_POINTS:
        strongest = np.argpartition(thinness[y, x], -MAX_POINTS)[-MAX_POINTS:]
        y, x = y[strongest], x[strongest]
    slopes = np.arange(-STEEPEST, STEEPEST + SLOPE_STEP / 2, SLOPE_STEP)
    spread = int(STEEPEST * width / 2) + 2
    places = height + 2 * spread

    def votes(chosen: np.ndarray) -> np.ndarray:
        counts = np.zeros(len(slopes) * places, dtype=int)
        for start in range(0, len(chosen), BATCH):
            some = chosen[start : start + BATCH]
            at = np.rint(y[some] - slopes[:, None] * (x[some] - width / 2)).astype(int) + spread
            at += np.arange(len(slopes))[:, None] * places
            counts += np.bincount(at.ravel(), minlength=len(counts))
        return counts.reshape(len(slopes), places)

    middles = np.arange(places) - spread
    ends = middles + slopes[:, None] * np.array([-1, 1])[:, None, None] * width / 2
    length = width * _share_inside(ends[0], ends[1], height)
    is_long = length >= SHORTEST * width
    needed = np.where(length >= width / 2, SHARE, SHARE_OF_SHORT)
    left = votes(np.arange(len(x)))
    lines: list[tuple[float, float]] = []
    for _ in range(MAX_TRIALS):
        near = left.copy()  # votes for the place itself and 1 px above and below
        near[:, 1:] += left[:, :-1]
        near[:, :-1] += left[:, 1:]
        score = np.where(is_long, near / np.maximum(length * needed, 1), 0)
        best = int(score.argmax())
        slope, middle = slopes[best // places], middles[best % places]
        if score.flat[best] < 1:
            break
        line = middle + slope * (np.arange(width) - width / 2)
        gone = np.abs(y - line[x]) <= 3
        if _reaches_both_ends(np.flatnonzero((line >= 0) & (line < height)), x[gone]):
            lines.append((float(slope), float(middle)))
        left -= votes(np.flatnonzero(gone))
        x, y = x[~gone], y[~gone]
    return lines


def _reaches_both_ends(columns: np.ndarray, seen: np.ndarray) -> bool:
    """Return whether a line is seen near the borders of the photo, which strokes do not reach.

    Args:
        columns: (n,) int, where the line is inside the photo.
        seen: (m,) int, the columns of its pixels that are a thin line.
    """
    if len(columns) == 0:
        return False
    end = max(8, len(columns) // 20)
    return all(np.isin(each, seen).mean() >= SHARE_AT_ENDS for each in (columns[:end], columns[-end:]))


def _share_inside(start: np.ndarray, end: np.ndarray, height: int) -> np.ndarray:
    """Return the share of a line from one y to another that is inside a picture of a height."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    covered = np.clip(np.minimum(high, height) - np.maximum(low, 0), 0, None)
    flat = (high - low) < 1
    return np.where(flat, (low >= 0) & (low < height), covered / np.maximum(high - low, 1))
