"""Find the ink in an image or photo: dark on light or light on dark, evenly lit or not."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.ink.strokes import Strokes

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 60_000_000  # a large phone camera's resolution; larger images are refused before they are decoded
WORK_SIDE = 640  # px, longer side of a photo during the search for ink
CLEAN_STD = 0.02  # if the paper's standard deviation is lower, the image is a drawing or a scan, not a photo
SPECK = 0.02  # a blob with less than this fraction of the largest blob's pixels is dirt


def open_image(content: bytes | Path) -> Image.Image:
    """Decode an image file and rotate it as its EXIF orientation says.

    Raises:
        ValueError: the file is too large or is not a readable image; the message is one sentence.
    """
    if isinstance(content, Path):
        content = content.read_bytes()
    if len(content) > MAX_BYTES:
        raise ValueError(f"An image can have at most {MAX_BYTES // 2**20} MB, got {len(content) / 2**20:.1f} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"An image can have at most {MAX_PIXELS:,} pixels, got {image.width}x{image.height}")
        image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, EOFError):
        raise ValueError("This isn't a readable PNG, JPEG or WebP image") from None
    return ImageOps.exif_transpose(image)


def to_ink(source: Strokes | np.ndarray | Image.Image | Path | str) -> Strokes | np.ndarray:
    """Convert any supported source of ink to an input of `preprocessing.preprocess`.

    Args:
        source: strokes; ink coverage (H, W) of floats in [0, 1]; an image as a uint8 array (H, W), (H, W, 3) or
            (H, W, 4); a Pillow image; or the path of a PNG, JPEG or WebP file.

    Returns:
        Strokes unchanged; otherwise ink coverage (H, W) of floats in [0, 1], 1 for ink.

    Raises:
        ValueError: the file is too large or not a readable image, or an array has an unsupported shape or dtype.
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
                "an array must be floats (H, W) in [0, 1], or uint8 (H, W), (H, W, 3) or (H, W, 4); "
                f"got {source.dtype} {source.shape}"
            )
    return source


def extract_ink(image: Image.Image | np.ndarray) -> np.ndarray:
    """Find the ink in an image of any size and mode.

    In an image with transparent parts, the opaque parts are ink. In any other image, the border shows the paper, and
    ink is darker, or lighter, than the paper around it.

    Args:
        image: a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4) uint8.

    Returns:
        (H, W) float32 coverage in [0, 1], 1 for ink; all 0 when there is none. Larger images are reduced to a longer
        side of `WORK_SIDE` px.
    """
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image = _limit_size(image)
    if "A" in image.getbands() or "transparency" in image.info:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"), dtype=np.float32) / 255
        if alpha.min() < 0.5 < alpha.max():
            return alpha
        if alpha.max() < 0.5:
            return np.zeros_like(alpha)
    return _ink_on_paper(np.asarray(_to_grey(image), dtype=np.float32))


def _limit_size(image: Image.Image) -> Image.Image:
    """Reduce an image so that its longer side is at most `WORK_SIDE` px, averaging its pixels."""
    if max(image.size) > WORK_SIDE:
        scale = WORK_SIDE / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        mode = "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
        image = (_to_grey(image) if _is_deep(image) else image.convert(mode)).resize(size, Image.Resampling.BOX)
    return image


def _is_deep(image: Image.Image) -> bool:
    """Return whether the pixels are integers or floats of more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def _to_grey(image: Image.Image) -> Image.Image:
    """Convert to a mode F image in [0, 1]; the values of deep images are stretched to that range."""
    if _is_deep(image):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray((values - low) / max(high - low, 1e-6))
    return Image.fromarray(np.asarray(image.convert("RGB").convert("L"), dtype=np.float32) / 255)


def _ink_on_paper(grey: np.ndarray) -> np.ndarray:
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    contrast = np.abs(grey - float(np.median(border)))
    if contrast.max() < 0.1:
        return np.zeros_like(grey)
    if float(border.std()) < CLEAN_STD and not _has_noise(grey):
        return contrast / contrast.max()
    return _remove_specks(_ink_on_uneven_paper(grey))


def _has_noise(grey: np.ndarray) -> bool:
    """Return whether many neighbouring pixels differ slightly, as in a photo but not in a drawing."""
    steps = np.abs(np.diff(grey, axis=1))
    return bool(np.mean((steps > 0) & (steps < 0.1)) > 0.25) and max(grey.shape) > 64


def _ink_on_uneven_paper(grey: np.ndarray) -> np.ndarray:
    # NOTE: late imports, because only photos need them and they would delay the first page.
    from scipy.ndimage import gaussian_filter, median_filter
    from skimage.filters import threshold_otsu

    smooth = gaussian_filter(grey, 1)
    coarse = max(1, min(grey.shape) // 64)
    background = median_filter(smooth[::coarse, ::coarse], size=33, mode="nearest")
    background = np.asarray(
        Image.fromarray(background).resize(grey.shape[::-1], Image.Resampling.BILINEAR), dtype=np.float32
    )
    difference = smooth - background
    # Ink is the stronger extreme: it is dark if the darkest pixels differ more from the paper than the lightest do.
    if np.percentile(difference, 0.5) + np.percentile(difference, 99.5) < 0:
        difference = -difference
    strength = np.clip(difference, 0, None)
    threshold = threshold_otsu(strength)
    if threshold < 0.05:
        return np.zeros_like(grey)
    return np.clip((strength - threshold) / threshold + 0.5, 0, 1).astype(np.float32)


def _remove_specks(ink: np.ndarray) -> np.ndarray:
    """Erase blobs that are tiny compared with the largest one."""
    from scipy.ndimage import label

    blobs, count = label(ink >= 0.5, structure=np.ones((3, 3)))
    if count == 0:
        return ink
    sizes = np.bincount(blobs.ravel())
    sizes[0] = 0
    dirt = sizes < max(4, SPECK * sizes.max())
    return np.where(dirt[blobs] & (ink >= 0.5), 0, ink).astype(np.float32)
