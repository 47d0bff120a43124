"""Split an image of several digits in a row into single digits, from left to right."""

import numpy as np

from mnist_core.ink.normalisation import INK_THRESHOLD

OVERLAP = 0.3  # two blobs belong together if they share this fraction of the narrower one's columns (a 5 and its bar)
MIN_HEIGHT = 0.4  # fraction of the tallest group's height; a shorter group is a part of its neighbour, not a digit
MAX_DIGITS = 20


def split_digits(ink: np.ndarray) -> list[np.ndarray]:
    """Split a row of digits into single digits.

    Blobs of ink above one another belong to the same digit. Digits that touch are not separated.

    Args:
        ink: (H, W) float32 coverage in [0, 1].

    Returns:
        One picture (H, W) float32 per digit, from left to right, with the ink of that digit only; an empty list when
        there is no ink. With more than `MAX_DIGITS` groups the input is not a row of digits and is returned as it is.
    """
    # NOTE: a late import, because only images need it and it would delay the first page.
    from scipy.ndimage import find_objects, label

    blobs, count = label(ink >= INK_THRESHOLD, structure=np.ones((3, 3)))
    if count == 0:
        return []
    spans = [(columns.start, columns.stop, number) for number, (_, columns) in enumerate(find_objects(blobs), start=1)]
    groups = _merge_short_groups(_group_overlapping(sorted(spans)), blobs)
    if len(groups) > MAX_DIGITS:
        return [ink]
    if len(groups) == 1:
        return [ink.astype(np.float32)]
    nearest_blob = _nearest_blob(blobs)
    return [np.where(np.isin(nearest_blob, list(group)), ink, 0).astype(np.float32) for group in groups]


def _group_overlapping(spans: list[tuple[int, int, int]]) -> list[set[int]]:
    """Group blobs (left, right, number), sorted by their left edge, that overlap horizontally."""
    groups: list[set[int]] = []
    extents: list[tuple[int, int]] = []
    for left, right, number in spans:
        if groups:
            start, stop = extents[-1]
            shared = min(stop, right) - max(start, left)
            if shared >= OVERLAP * min(stop - start, right - left):
                groups[-1].add(number)
                extents[-1] = start, max(stop, right)
                continue
        groups.append({number})
        extents.append((left, right))
    return groups


def _merge_short_groups(groups: list[set[int]], blobs: np.ndarray) -> list[set[int]]:
    """Merge each group too short to be a digit into the group on its left, or on its right if it is the first."""
    heights = [int(np.ptp(np.flatnonzero(np.isin(blobs, list(group)).any(axis=1)))) + 1 for group in groups]
    tallest = max(heights)
    merged: list[set[int]] = []
    leading: set[int] = set()  # short groups before the first digit
    for group, height in zip(groups, heights, strict=True):
        if height >= MIN_HEIGHT * tallest:
            merged.append(group | leading)
            leading = set()
        elif merged:
            merged[-1] |= group
        else:
            leading |= group
    return merged


def _nearest_blob(blobs: np.ndarray) -> np.ndarray:
    """Return the number of the nearest blob for every pixel, so that each blob keeps its anti-aliased edge."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(blobs == 0, return_distances=False, return_indices=True)
    return np.asarray(blobs[rows, columns])
