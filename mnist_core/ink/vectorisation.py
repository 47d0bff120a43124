"""From an image back to a pen: find the strokes that could have written it."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from mnist_core.ink.normalisation import INK
from mnist_core.ink.strokes import BRUSH, CANVAS_SIZE, Polyline, Strokes

SPUR = 1.0  # brushes; a side branch that is shorter is a rough edge of the ink, not a stroke
SMOOTHING = 7  # points of the skeleton that are averaged: a staircase of pixels becomes a line
GAP = 4  # px of the canvas between the points that are kept

Pixel = tuple[int, int]  # row, column
AROUND = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if (row, column) != (0, 0)]


def vectorise(image: np.ndarray, brush: float = BRUSH) -> Strokes:
    """Find strokes that write an image: the skeleton of its ink, cut where lines meet.

    Args:
        image: (28, 28) uint8, 0 is paper and 255 is ink.
        brush: the width of the pen that the strokes are for, in canvas px.

    Returns:
        Strokes on the canvas, with the image's pixels ten canvas px wide; blank where the image holds no ink.

    The skeleton is scikit-image's (Zhang and Suen, doi:10.1145/357994.358023).
    """
    # NOTE: imported here because few need it, and the first page should not wait.
    from skimage.morphology import skeletonize

    enlarged = Image.fromarray(image).resize((CANVAS_SIZE, CANVAS_SIZE), Image.Resampling.BICUBIC)
    ink = np.asarray(enlarged, dtype=np.float32) / 255
    bones = {(int(row), int(column)) for row, column in np.argwhere(skeletonize(ink >= INK))}
    lines = [_smooth(path) for path in _without_spurs(list(_paths(bones)), SPUR * brush)]
    return Strokes(tuple(lines), brush, CANVAS_SIZE)


def _paths(bones: set[Pixel]) -> Iterator[list[Pixel]]:
    """Walk a skeleton from each end and crossing to the next; then the loops that have neither."""
    links = {pixel: _linked(pixel, bones) for pixel in bones}
    walked: set[frozenset[Pixel]] = set()
    nodes = [pixel for pixel in sorted(bones) if len(links[pixel]) != 2]
    for start in [*nodes, *sorted(bones)]:
        if not links[start]:
            yield [start]
        for step in links[start]:
            if frozenset((start, step)) in walked:
                continue
            path = [start]
            while frozenset((path[-1], step)) not in walked:
                walked.add(frozenset((path[-1], step)))
                path.append(step)
                if len(links[step]) != 2:
                    break
                step = next(way for way in links[step] if way != path[-2])
            yield path


def _linked(pixel: Pixel, bones: set[Pixel]) -> list[Pixel]:
    """Return the neighbours of a pixel; one at a corner counts only where no way leads there along the sides."""
    row, column = pixel
    return [
        (row + dy, column + dx)
        for dy, dx in AROUND
        if (row + dy, column + dx) in bones
        and (not (dy and dx) or not {(row + dy, column), (row, column + dx)} & bones)
    ]


def _without_spurs(paths: list[list[Pixel]], shortest: float) -> list[list[Pixel]]:
    """Drop short side branches: paths that hang on others at one end and end in nothing at the other."""
    ends = [end for path in paths for end in {path[0], path[-1]}]
    is_branch = [(ends.count(path[0]) > 1) != (ends.count(path[-1]) > 1) for path in paths]
    return [path for path, branches in zip(paths, is_branch, strict=True) if len(path) >= shortest or not branches]


def _smooth(path: list[Pixel]) -> Polyline:
    """Turn pixels into points of the canvas, (n, 2) x and y, averaged along the line; the ends stay where they are."""
    points = np.array([(column + 0.5, row + 0.5) for row, column in path], dtype=np.float64)
    reach = np.minimum(np.arange(len(points)), np.arange(len(points))[::-1]).clip(max=SMOOTHING // 2)
    smooth = np.array([points[at - far : at + far + 1].mean(axis=0) for at, far in enumerate(reach)])
    return smooth[sorted({*range(0, len(smooth), GAP), len(smooth) - 1})]
