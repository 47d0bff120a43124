"""Pictures of handwriting: from an image file to ink, dark on light or light on dark, on even paper or not."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.ink.strokes import Strokes

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 60_000_000  # what a large phone camera makes; more is refused before it is decoded
WORK_SIDE = 640  # px, a photo's longer side while ink is looked for
CLEAN_SPREAD = 0.02  # standard deviation of the paper below which a picture is a drawing, not a photo
SPECK = 0.02  # share of the largest blob's pixels below which a blob is dirt


def open_image(content: bytes | Path) -> Image.Image:
    """Decode an image file, turned the way its camera was held.

    Raises:
        ValueError: too large, or no image that can be read; one sentence says what was expected.
    """
    if isinstance(content, Path):
        content = content.read_bytes()
    if len(content) > MAX_BYTES:
        raise ValueError(f"an image may have up to {MAX_BYTES // 2**20} MB, got {len(content) / 2**20:.1f} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the bound below is tighter
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"an image may have up to {MAX_PIXELS:,} pixels, got {image.width} x {image.height}")
        image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, EOFError):
        raise ValueError("expected a PNG, JPEG or WebP image, got something that cannot be read as one") from None
    return ImageOps.exif_transpose(image)


def to_ink(source: Strokes | np.ndarray | Image.Image | Path | str) -> Strokes | np.ndarray:
    """Return what `preprocessing.preprocess` takes, from anything that holds ink.

    Args:
        source: strokes; ink coverage (H, W) of floats in [0, 1]; an image as a uint8 array (H, W), (H, W, 3) or
            (H, W, 4) or as a Pillow image; or the path of a PNG, JPEG or WebP file.

    Raises:
        ValueError: the file is too large or not a readable image, or an array has another shape or dtype.
    """
    if isinstance(source, Path | str):
        source = open_image(Path(source))
    if isinstance(source, Image.Image):
        return extract_ink(source)
    if isinstance(source, np.ndarray):
        if source.dtype == np.uint8 and (source.ndim == 2 or (source.ndim == 3 and source.shape[2] in (3, 4))):
            return extract_ink(source)
        if source.dtype.kind != "f" or source.ndim != 2:
            raise ValueError(
                "an array of ink must be (H, W) floats in [0, 1], or uint8 (H, W), (H, W, 3) or (H, W, 4); "
                f"got {source.dtype} {source.shape}"
            )
    return source


def extract_ink(image: Image.Image | np.ndarray) -> np.ndarray:
    """Find the ink in a picture of any size and mode.

    A picture with transparent parts is taken for a drawing whose ink is what is opaque. Otherwise the paper is what
    lies along the border: ink is what is darker, or lighter, than the paper around it.

    Args:
        image: a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4) uint8.

    Returns:
        (H, W) float32 coverage in [0, 1], 1 where the ink is; all 0 when the picture holds none. Photos come back
        with a longer side of at most `WORK_SIDE` px.
    """
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image = _smaller(image)
    if "A" in image.getbands() or "transparency" in image.info:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"), dtype=np.float32) / 255
        if alpha.min() < 0.5 < alpha.max():
            return alpha
        if alpha.max() < 0.5:
            return np.zeros_like(alpha)
    grey = np.asarray(_grey(image), dtype=np.float32)
    return _ink_on_paper(grey)


@dataclass(frozen=True)
class _Paper:
    level: float  # in [0, 1]
    spread: float  # standard deviation along the border


def _smaller(image: Image.Image) -> Image.Image:
    if max(image.size) > WORK_SIDE:
        scale = WORK_SIDE / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        mode = "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
        image = (_grey(image) if _is_deep(image) else image.convert(mode)).resize(size, Image.Resampling.BOX)
    return image


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _grey(image: Image.Image) -> Image.Image:
    """Return a mode F image in [0, 1]; 16-bit and float pictures are stretched over what they hold."""
    if _is_deep(image):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray((values - low) / max(high - low, 1e-6))
    return Image.fromarray(np.asarray(image.convert("RGB").convert("L"), dtype=np.float32) / 255)


def _ink_on_paper(grey: np.ndarray) -> np.ndarray:
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = _Paper(float(np.median(border)), float(border.std()))
    contrast = np.abs(grey - paper.level)
    if contrast.max() < 0.1:
        return np.zeros_like(grey)
    if paper.spread < CLEAN_SPREAD and not _has_noise(grey):
        return contrast / contrast.max()
    return _without_specks(_ink_on_uneven_paper(grey))


def _has_noise(grey: np.ndarray) -> bool:
    """True when most of the picture differs a little from its neighbours, as in a photo and not in a drawing."""
    steps = np.abs(np.diff(grey, axis=1))
    return bool(np.mean((steps > 0) & (steps < 0.1)) > 0.25) and max(grey.shape) > 64


def _ink_on_uneven_paper(grey: np.ndarray) -> np.ndarray:
    # NOTE: imported here because only photos need them, and the first page should not wait.
    from scipy.ndimage import gaussian_filter, median_filter
    from skimage.filters import threshold_otsu

    smooth = gaussian_filter(grey, 1)
    coarse = max(1, min(grey.shape) // 64)
    background = median_filter(smooth[::coarse, ::coarse], size=33, mode="nearest")
    background = np.asarray(
        Image.fromarray(background).resize(grey.shape[::-1], Image.Resampling.BILINEAR), dtype=np.float32
    )
    difference = smooth - background
    # Ink is the rarer extreme: whichever side of the paper the picture strays to furthest.
    if np.percentile(difference, 0.5) + np.percentile(difference, 99.5) < 0:
        difference = -difference
    strength = np.clip(difference, 0, None)
    threshold = threshold_otsu(strength)
    if threshold < 0.05:
        return np.zeros_like(grey)
    return np.clip((strength - threshold) / threshold + 0.5, 0, 1).astype(np.float32)


def _without_specks(ink: np.ndarray) -> np.ndarray:
    from scipy.ndimage import label

    blobs, count = label(ink >= 0.5, structure=np.ones((3, 3)))
    if count == 0:
        return ink
    sizes = np.bincount(blobs.ravel())
    sizes[0] = 0
    dirt = sizes < max(4, SPECK * sizes.max())
    return np.where(dirt[blobs] & (ink >= 0.5), 0, ink).astype(np.float32)
