"""Rasterise drawn digits, hundreds at a time, into the images that `ink.preprocessing` would produce."""

import math

import numpy as np

from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import BOX
from mnist_core.ink.preprocessing import LINE_WIDTH

CHUNK = 300  # digits that callers should pass per call; more do not fit into the processor's cache
MARGIN = 8  # px of paper around the 28x28 image, so that the centre of mass can be moved
BLUR = 1.0  # px, half the width of the filter that turns lines into grey levels, as in `ink.preprocessing`
LINE_WIDTHS = (1.2, 5.0)  # px in the 20x20 box, the thinnest and the thickest line
MIN_INK = 0.001  # of full ink; a row or column with less counts as paper when the image is cropped


def sample_pens(count: int, pieces: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Choose a random pen per digit: its radius at every piece, (count, pieces) px, and its blur, (count,) px."""
    width = np.clip(LINE_WIDTH * np.exp(rng.normal(-0.03, 0.32, (count, 1))), *LINE_WIDTHS)
    along = np.linspace(0, 1, pieces)
    trend = rng.normal(0, 0.1, (count, 1)) * np.cos(np.pi * along)  # more pressure at one end
    ripple = rng.normal(0, 0.06, (count, 1)) * np.sin(rng.uniform(6, 20, (count, 1)) * along)
    return width / 2 * np.clip(1 + trend + ripple, 0.75, 1.2), BLUR * rng.uniform(0.6, 1.1, count)


def rasterise_digits(pieces: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Rasterise drawn digits as `preprocessing.preprocess` would, with pens of any width.

    Args:
        pieces: (N, P, 2, 2), the start and the end of straight pieces, in any unit. The longest piece decides the
            computing time, so keep them short.
        radius: (N, P) px in the 20x20 box, half the width of each piece; `LINE_WIDTH` / 2 in `preprocess`.
        blur: (N,) px; `BLUR` in `preprocess`.

    Returns:
        (N, 28, 28) float32 coverage in [0, 1]. With the pen of `preprocess` the mean difference from its images is
        below 0.01 per pixel. About one digit in thirty is shifted by a pixel, because its centre of mass is halfway
        between two.
    """
    boxed = _fit_into_box(pieces, radius.mean(axis=1, keepdims=True))
    return _centre(_paint(boxed.astype(np.float32), radius.astype(np.float32), blur.astype(np.float32)))


def _fit_into_box(pieces: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Fit digits, with the ink around their lines, radius (N, 1) px, into the 20x20 box in the middle of the paper."""
    points = pieces.reshape(len(pieces), -1, 2)
    low, extent = points.min(axis=1), np.maximum(np.ptp(points, axis=1), 1e-6)
    size = (BOX - 2 * radius) * extent / extent.max(axis=1, keepdims=True) + 2 * radius
    pixels = np.round(size)  # an image has whole pixels, and the digit is stretched a little to fill them
    scale = pixels / size * (size - 2 * radius) / extent
    start = MARGIN + (SIDE - pixels) // 2 + pixels / size * radius
    return (pieces - low[:, None, None]) * scale[:, None, None] + start[:, None, None]


def _paint(pieces: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Paint pieces, in px, with a round pen; returns (N, side, side), the 28x28 image with `MARGIN` around it.

    Each step paints one piece of every digit, on the few pixels around it.
    """
    side = SIDE + 2 * MARGIN
    canvas = np.zeros(len(pieces) * side * side, dtype=np.float32)
    longest = np.hypot(*np.moveaxis(pieces[:, :, 1] - pieces[:, :, 0], 2, 0)).max()
    reach = math.ceil(longest / 2 + radius.max() + blur.max())
    window = np.arange(2 * reach)
    first, offsets = np.arange(len(pieces)) * side * side, window[:, None] * side + window
    for number in range(pieces.shape[1]):
        start, end = pieces[:, number, 0], pieces[:, number, 1]
        corner = np.round((start + end) / 2).astype(np.int64) - reach
        ink = _coverage(_distances(corner, window, start, end), radius[:, number, None, None], blur[:, None, None])
        indices = (first + corner[:, 1] * side + corner[:, 0])[:, None, None] + offsets
        canvas[indices] = np.maximum(canvas[indices], ink)
    return canvas.reshape(len(pieces), side, side)


def _distances(corner: np.ndarray, window: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distance of pixel centres, in a window at a corner (N, 2) px, from one piece per digit, in px."""
    offset = (corner + 0.5 - start).astype(np.float32)
    x, y = (offset[:, axis, None] + window.astype(np.float32) for axis in (0, 1))
    dx, dy = (end - start).T[:, :, None]
    square = np.maximum(dx * dx + dy * dy, np.float32(1e-6))
    along = (x * dx / square)[:, None, :] + (y * dy / square)[:, :, None]
    np.clip(along, 0, 1, out=along)
    across, down = x[:, None, :] - along * dx[:, :, None], y[:, :, None] - along * dy[:, :, None]
    return np.sqrt(across * across + down * down)


def _coverage(distance: np.ndarray, radius: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Return the blurred coverage, 0 to 1, at a distance from the middle of a line."""
    return _triangle_integral((distance + radius) / blur) - _triangle_integral((distance - radius) / blur)


def _triangle_integral(distance: np.ndarray) -> np.ndarray:
    """Integrate a triangle from -1 to 1, the filter that reduces images in `preprocessing`, from 0 to a distance."""
    x = np.clip(distance, -1, 1)
    return x - x * np.abs(x) / 2


def _centre(images: np.ndarray) -> np.ndarray:
    """Crop 28x28 px around the centre of mass, by whole pixels and without losing ink."""
    rows, columns = (_crop_indices(images.sum(axis=axis)) for axis in (2, 1))
    index = np.arange(len(images))[:, None, None]
    return images[index, rows[:, :, None], columns[:, None, :]]


def _crop_indices(ink: np.ndarray) -> np.ndarray:
    """Choose 28 rows or columns of each image by the ink in each, (N, side); returns (N, 28) int64."""
    positions = np.arange(ink.shape[1])
    middle = ink @ positions.astype(np.float32) / ink.sum(axis=1)
    has_ink = ink > MIN_INK
    first, last = has_ink.argmax(axis=1), len(positions) - 1 - has_ink[:, ::-1].argmax(axis=1)
    start = np.round(middle - (SIDE - 1) / 2).astype(np.int64)
    start = np.maximum(np.minimum(start, first), last + 1 - SIDE)
    return np.clip(start, 0, len(positions) - SIDE)[:, None] + np.arange(SIDE)
