"""Convert an image back to pen strokes that reproduce it."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from mnist_core.ink.normalisation import INK_THRESHOLD
from mnist_core.ink.strokes import BRUSH, CANVAS_SIZE, Polyline, Strokes

SPUR = 1.0  # brush widths; a shorter side branch comes from a rough edge, not from a stroke
SMOOTHING = 7  # skeleton pixels in the moving average that straightens pixel staircases
STRIDE = 4  # every fourth skeleton pixel becomes a point of the stroke

Pixel = tuple[int, int]  # row, column
NEIGHBOUR_OFFSETS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if (row, column) != (0, 0)]


def vectorise(image: np.ndarray, brush: float = BRUSH) -> Strokes:
    """Trace an image: its strokes are the skeleton of the ink, divided where lines meet.

    The skeleton is scikit-image's (Zhang and Suen, doi:10.1145/357994.358023).

    Args:
        image: (28, 28) uint8, 0 for paper and 255 for ink.
        brush: the brush width of the strokes, in canvas px.

    Returns:
        Strokes on the default canvas, on which an image pixel is 10 canvas px wide; blank for an image without ink.
    """
    # NOTE: a late import, because it is rarely needed and would delay the first page.
    from skimage.morphology import skeletonize

    enlarged = Image.fromarray(image).resize((CANVAS_SIZE, CANVAS_SIZE), Image.Resampling.BICUBIC)
    ink = np.asarray(enlarged, dtype=np.float32) / 255
    skeleton = {(int(row), int(column)) for row, column in np.argwhere(skeletonize(ink >= INK_THRESHOLD))}
    lines = [_smooth(path) for path in _without_spurs(list(_trace_paths(skeleton)), SPUR * brush)]
    return Strokes(tuple(lines), brush, CANVAS_SIZE)


def _trace_paths(skeleton: set[Pixel]) -> Iterator[list[Pixel]]:
    """Follow a skeleton from each end or crossing to the next, and then the closed loops, which have neither."""
    links = {pixel: _connected_neighbours(pixel, skeleton) for pixel in skeleton}
    walked: set[frozenset[Pixel]] = set()
    nodes = [pixel for pixel in sorted(skeleton) if len(links[pixel]) != 2]
    for start in [*nodes, *sorted(skeleton)]:
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
                step = next(pixel for pixel in links[step] if pixel != path[-2])
            yield path


def _connected_neighbours(pixel: Pixel, skeleton: set[Pixel]) -> list[Pixel]:
    """Return a pixel's neighbours; a diagonal one counts only when no direct neighbour already connects the two."""
    row, column = pixel
    return [
        (row + dy, column + dx)
        for dy, dx in NEIGHBOUR_OFFSETS
        if (row + dy, column + dx) in skeleton
        and (not (dy and dx) or not {(row + dy, column), (row, column + dx)} & skeleton)
    ]


def _without_spurs(paths: list[list[Pixel]], shortest: float) -> list[list[Pixel]]:
    """Drop short side branches: paths with one end on another path and one free end."""
    ends = [end for path in paths for end in {path[0], path[-1]}]
    is_branch = [(ends.count(path[0]) > 1) != (ends.count(path[-1]) > 1) for path in paths]
    return [path for path, branch in zip(paths, is_branch, strict=True) if len(path) >= shortest or not branch]


def _smooth(path: list[Pixel]) -> Polyline:
    """Convert pixels to canvas points (n, 2), smoothed by a moving average along the path; its ends do not move."""
    points = np.array([(column + 0.5, row + 0.5) for row, column in path], dtype=np.float64)
    radius = np.minimum(np.arange(len(points)), np.arange(len(points))[::-1]).clip(max=SMOOTHING // 2)
    smooth = np.array([points[index - half : index + half + 1].mean(axis=0) for index, half in enumerate(radius)])
    return smooth[sorted({*range(0, len(smooth), STRIDE), len(smooth) - 1})]
