"""Drawn digits to pixels, hundreds at a time, as `ink.preprocessing` would make them."""

import math

import numpy as np

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX
from mnist_core.ink.preprocessing import LINE_WIDTH

CHUNK = 300  # digits inked at a time; more of them leave the processor's cache


PAPER = 8  # px of paper around the 28x28 while digits are inked, so that the centre of mass may move


BLUR = 1.0  # px, half the width of the filter that turns lines into grey levels, as in `ink`


LINE_WIDTHS = (1.2, 5.0)  # px in the 20x20 box


FAINT = 0.001  # of full ink: what `_centred` takes for paper


def sample_pens(count: int, pieces: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a pen for each digit: its radius at every piece, (count, pieces) px, and its blur, (count,) px."""
    width = np.clip(LINE_WIDTH * np.exp(rng.normal(-0.03, 0.32, (count, 1))), *LINE_WIDTHS)
    along = np.linspace(0, 1, pieces)
    ebb = rng.normal(0, 0.1, (count, 1)) * np.cos(np.pi * along)  # pressed harder at one end
    flow = rng.normal(0, 0.06, (count, 1)) * np.sin(rng.uniform(6, 20, (count, 1)) * along)
    return width / 2 * np.clip(1 + ebb + flow, 0.75, 1.2), BLUR * rng.uniform(0.6, 1.1, count)


def rasterise_digits(pieces: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Make of drawn digits what `ink.preprocess` would, for pens of any thickness.

    Args:
        pieces: (N, P, 2, 2), straight pieces with their start and end, in any unit; short ones, for the longest decides
            how long it takes.
        radius: (N, P) px in the 20x20 box, half the width of each piece; `LINE_WIDTH` / 2 for what `ink` draws.
        blur: (N,) px, `BLUR` for what `ink` does.

    Returns:
        (N, 28, 28) float32 coverage in [0, 1]. With `ink`'s pen it differs from `ink.preprocess` by less than 0.01 a
        pixel in the mean; about one digit in thirty stands a pixel away, where the centre of mass is on the edge.
    """
    boxed = _boxed(pieces, radius.mean(axis=1, keepdims=True))
    return _centred(_painted(boxed.astype(np.float32), radius.astype(np.float32), blur.astype(np.float32)))


def _boxed(pieces: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Bring digits and the ink around their lines, radius (N, 1) px, into the 20x20 box in the middle of the paper."""
    points = pieces.reshape(len(pieces), -1, 2)
    low, extent = points.min(axis=1), np.maximum(np.ptp(points, axis=1), 1e-6)
    size = (BOX - 2 * radius) * extent / extent.max(axis=1, keepdims=True) + 2 * radius
    pixels = np.round(size)  # a picture has whole pixels, and is stretched a little to fill them
    scale = pixels / size * (size - 2 * radius) / extent
    start = PAPER + (SIDE - pixels) // 2 + pixels / size * radius
    return (pieces - low[:, None, None]) * scale[:, None, None] + start[:, None, None]


def _painted(pieces: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Paint pieces in px with a round pen; returns (N, side, side), 28 px and `PAPER` around them.

    Every step paints one piece of every digit, on the few pixels around it.
    """
    side = SIDE + 2 * PAPER
    canvas = np.zeros(len(pieces) * side * side, dtype=np.float32)
    longest = np.hypot(*np.moveaxis(pieces[:, :, 1] - pieces[:, :, 0], 2, 0)).max()
    reach = math.ceil(longest / 2 + radius.max() + blur.max())
    near = np.arange(2 * reach)
    first, around = np.arange(len(pieces)) * side * side, near[:, None] * side + near
    for number in range(pieces.shape[1]):
        start, end = pieces[:, number, 0], pieces[:, number, 1]
        corner = np.round((start + end) / 2).astype(np.int64) - reach
        ink = _ink(_distances(corner, near, start, end), radius[:, number, None, None], blur[:, None, None])
        place = (first + corner[:, 1] * side + corner[:, 0])[:, None, None] + around
        canvas[place] = np.maximum(canvas[place], ink)
    return canvas.reshape(len(pieces), side, side)


def _distances(corner: np.ndarray, near: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return how far the middles of the pixels from a corner (N, 2) on are from one piece each, in px."""
    offset = (corner + 0.5 - start).astype(np.float32)
    x, y = (offset[:, axis, None] + near.astype(np.float32) for axis in (0, 1))
    dx, dy = (end - start).T[:, :, None]
    square = np.maximum(dx * dx + dy * dy, np.float32(1e-6))
    along = (x * dx / square)[:, None, :] + (y * dy / square)[:, :, None]
    np.clip(along, 0, 1, out=along)
    across, down = x[:, None, :] - along * dx[:, :, None], y[:, :, None] - along * dy[:, :, None]
    return np.sqrt(across * across + down * down)


def _ink(distance: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Return how much ink a line leaves at a distance from its middle, seen through the blur."""
    return _edge((distance + radius) / blur) - _edge((distance - radius) / blur)


def _edge(distance: np.ndarray) -> np.ndarray:
    """Return how much of a triangle from -1 to 1, the filter that shrinks pictures in `ink`, lies below a distance."""
    x = np.clip(distance, -1, 1)
    return x - x * np.abs(x) / 2


def _centred(pictures: np.ndarray) -> np.ndarray:
    """Cut out the 28x28 around the centre of mass, by whole pixels and so that no ink is lost."""
    rows, columns = (_cut(pictures.sum(axis=axis)) for axis in (2, 1))
    number = np.arange(len(pictures))[:, None, None]
    return pictures[number, rows[:, :, None], columns[:, None, :]]


def _cut(ink: np.ndarray) -> np.ndarray:
    """Choose 28 rows or columns of each digit by the ink in them, (N, side); returns (N, 28) int64."""
    places = np.arange(ink.shape[1])
    middle = ink @ places.astype(np.float32) / ink.sum(axis=1)
    inky = ink > FAINT
    first, last = inky.argmax(axis=1), len(places) - 1 - inky[:, ::-1].argmax(axis=1)
    start = np.round(middle - (SIDE - 1) / 2).astype(np.int64)
    start = np.maximum(np.minimum(start, first), last + 1 - SIDE)
    return np.clip(start, 0, len(places) - SIDE)[:, None] + np.arange(SIDE)
