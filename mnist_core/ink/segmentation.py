"""Several digits in a row: tell them apart, left to right."""

import numpy as np

from mnist_core.ink.normalisation import INK

OVERLAP = 0.3  # share of the narrower blob's width from which two blobs stand over one another, as a 5 and its bar do
SHORT = 0.4  # of the tallest group's height: what is shorter is a part of its neighbour, not a digit
MAX_DIGITS = 20


def split_digits(ink: np.ndarray) -> list[np.ndarray]:
    """Cut a row of digits into single ones.

    Blobs of ink that stand over one another belong together. Digits that touch are not cut.

    Args:
        ink: (H, W) float32 coverage in [0, 1].

    Returns:
        A picture of the same size for each digit, from left to right, holding that digit's ink alone; none when there
        is no ink. At most `MAX_DIGITS`, beyond which the picture is no row of digits: then it comes back whole.
    """
    # NOTE: imported here because only pictures need it, and the first page should not wait.
    from scipy.ndimage import find_objects, label

    blobs, count = label(ink >= INK, structure=np.ones((3, 3)))
    if count == 0:
        return []
    spans = [(columns.start, columns.stop, number) for number, (_, columns) in enumerate(find_objects(blobs), start=1)]
    groups = _without_short_ones(_overlapping(sorted(spans)), blobs)
    if len(groups) > MAX_DIGITS:
        return [ink]
    nearest = _spread(blobs)
    return [np.where(np.isin(nearest, list(group)), ink, 0).astype(np.float32) for group in groups]


def _overlapping(spans: list[tuple[int, int, int]]) -> list[set[int]]:
    groups: list[set[int]] = []
    edges: list[tuple[int, int]] = []
    for left, right, number in spans:
        if groups:
            start, stop = edges[-1]
            shared = min(stop, right) - max(start, left)
            if shared >= OVERLAP * min(stop - start, right - left):
                groups[-1].add(number)
                edges[-1] = start, max(stop, right)
                continue
        groups.append({number})
        edges.append((left, right))
    return groups


def _without_short_ones(groups: list[set[int]], blobs: np.ndarray) -> list[set[int]]:
    """Give what is too short to be a digit to the group on its left, or right when it is the first."""
    heights = [int(np.ptp(np.flatnonzero(np.isin(blobs, list(group)).any(axis=1)))) + 1 for group in groups]
    tallest = max(heights)
    merged: list[set[int]] = []
    waiting: set[int] = set()
    for group, height in zip(groups, heights, strict=True):
        if height >= SHORT * tallest:
            merged.append(group | waiting)
            waiting = set()
        elif merged:
            merged[-1] |= group
        else:
            waiting |= group
    return merged


def _spread(blobs: np.ndarray) -> np.ndarray:
    """Give every pixel the number of its nearest blob, so that the grey rim of the ink goes with it."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(blobs == 0, return_distances=False, return_indices=True)
    return np.asarray(blobs[rows, columns])
