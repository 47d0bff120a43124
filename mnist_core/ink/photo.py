"""Find the ink in an image or photo: dark on light or light on dark, evenly lit or not."""

import errno
import io
import operator
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

from mnist_core.ink.rulings import without_rulings
from mnist_core.ink.strokes import Strokes
from mnist_core.regular_files import read_regular

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 250_000_000  # of a JPEG that is decoded small; the largest phone cameras have 200 million
MAX_MEMORY = 330_000_000  # bytes that decoding may take; a progressive JPEG of 108 million pixels needs 324 million
WHOLE = {"PNG": 4, "WebP": 16}  # bytes of memory per pixel while Pillow decodes these, which it can't do small
COEFFICIENT = 2  # bytes of memory for each coefficient of a JPEG that has several scans
MAX_SCANS = 64  # of a JPEG, each of which costs time; encoders write up to about 20
WORK_SIDE = 640  # px, longer side of a photo during the search for ink
DETAIL = 2 * WORK_SIDE  # px, longer side that a decoded photo keeps at least, if it has that many
CLEAN_STD = 0.02  # if the paper's standard deviation is lower, the image is a drawing or a scan, not a photo
DARKEST_PAPER = 0.1  # the light of paper that is as dark as this or darker counts as this
SPECK = 0.02  # a blob with less than this fraction of the largest blob's pixels is dirt
LOW = 0.4  # a blob at the border with less than this fraction of the height of the tallest one elsewhere is no digit

UNREADABLE = "This isn't a readable PNG, JPEG or WebP image"
JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")  # without stuffed bytes, padding and restart markers
START_OF_SCAN, END_OF_IMAGE, TEMPORARY = 0xDA, 0xD9, 0x01
TRANSPOSITION = {  # EXIF orientation: what shows the image upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_image(content: bytes | Path) -> Image.Image:
    """Decode an image file small, and rotate it as its EXIF orientation says.

    Damaged EXIF data counts as none: the image is then not rotated. Of an animation, the first frame is decoded.

    Args:
        content: the bytes of a PNG, JPEG or WebP file, or its path.

    Returns:
        The image, in the mode of the file. If the longer side has 2 * `DETAIL` px or more, the image is reduced to a
        longer side of `DETAIL` to 2 * `DETAIL` px, and its mode may be RGB, RGBA or F (more than 8 bits) instead.

    Raises:
        ValueError: the file is too large, has too many pixels, is not a regular file or not a readable image; the
            message is one sentence.
        OSError: there is no such file, or it cannot be read.
    """
    if isinstance(content, Path):
        content = _read(content)
    if len(content) > MAX_BYTES:
        raise ValueError(f"An image can have at most {MAX_BYTES // 2**20} MB, got {len(content) / 2**20:.1f} MB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, and about sizes for which the limits here are stricter
        image = _open(content)
        try:
            if isinstance(image, JpegImageFile):
                image.draft(None, _scaled(image.size, DETAIL))
            image.load()
            transposition = _transposition(image)
            image = _reduce(image)
        except Exception:  # NOTE: damaged files raise all sorts, such as zlib.error, struct.error and KeyError
            raise ValueError(UNREADABLE) from None
    upright = image.copy() if transposition is None else image.transpose(transposition)
    upright.info = {name: value for name, value in image.info.items() if name == "transparency"}
    return upright


def _read(path: Path) -> bytes:
    try:
        return bytes(read_regular(path, MAX_BYTES))
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EFBIG):
            raise ValueError(f"This file can't be read as an image: {error.strerror}") from None
        raise


def _open(content: bytes) -> Image.Image:
    """Read the head of an image file, and check that decoding the rest takes little enough memory and time."""
    kind = "JPEG" if content.startswith(b"\xff\xd8\xff") else "PNG" if content.startswith(b"\x89PNG") else "WebP"
    limit = MAX_PIXELS if kind == "JPEG" else MAX_MEMORY // WHOLE[kind]
    try:
        # NOTE: Image.open would refuse JPEGs of more than 179 million pixels, and follow a JPEG's references to others.
        file = io.BytesIO(content)
        image: Image.Image = JpegImageFile(file) if kind == "JPEG" else Image.open(file, formats=("PNG", "WEBP"))
    except Image.DecompressionBombError:
        raise ValueError(_too_many_pixels(kind, limit, "many more")) from None
    except Exception:
        raise ValueError(UNREADABLE) from None
    if isinstance(image, JpegImageFile):
        scans = list(_scans(content))
        if len(scans) > MAX_SCANS:
            raise ValueError(f"A progressive JPEG image can have at most {MAX_SCANS} scans, got {len(scans):,}")
        if "progressive" in image.info or scans != [image.layers]:  # all coefficients are kept until the last scan
            kind, limit = "progressive JPEG", min(limit, int(MAX_MEMORY / (COEFFICIENT * _coefficients(image))))
    if image.width * image.height > limit:
        raise ValueError(_too_many_pixels(kind, limit, f"{image.width}x{image.height}"))
    return image


def _too_many_pixels(kind: str, limit: int, got: str) -> str:
    advice = "" if kind == "JPEG" else f"; saved as a JPEG that is not progressive, it can have {MAX_PIXELS:,}"
    return f"A {kind} image can have at most {limit:,} pixels, got {got}{advice}"


def _scans(content: bytes) -> Iterator[int]:
    """Yield the number of colour components in each scan of a JPEG file."""
    position = 2
    while marker := JPEG_MARKER.search(content, position):
        code, position = marker[1][0], marker.end()
        if code == END_OF_IMAGE:
            return
        if code == START_OF_SCAN:
            yield int.from_bytes(content[position + 2 : position + 3])
        if code != TEMPORARY:  # the only other marker without a length
            position += int.from_bytes(content[position : position + 2])


def _coefficients(image: JpegImageFile) -> float:
    """Return the number of coefficients per pixel, 3 for RGB; fewer if the colours have a lower resolution."""
    rows, columns = zip(*((max(1, rows), max(1, columns)) for _, rows, columns, _ in image.layer), strict=True)
    return sum(map(operator.mul, rows, columns)) / (max(rows) * max(columns))


def _transposition(image: Image.Image) -> Image.Transpose | None:
    """Return what shows a loaded image upright; None when that is nothing, or its EXIF data are damaged."""
    try:
        return TRANSPOSITION.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # NOTE: SyntaxError, struct.error, TypeError, ...: Pillow lets through whatever happens
        return None


def _scaled(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return a size with the same proportions and a longer side of `side` px."""
    return max(1, size[0] * side // max(size)), max(1, size[1] * side // max(size))


def _reduce(image: Image.Image) -> Image.Image:
    """Average blocks of pixels, so that the longer side has fewer than 2 * `DETAIL` px but not fewer than `DETAIL`.

    This is done tile by tile, because converting the mode of the whole image would take as much memory again.
    """
    factor = max(image.size) // DETAIL
    if factor < 2:
        return image
    mode = "F" if _is_deep(image) else "RGBA" if image.has_transparency_data else "RGB"
    reduced = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    side = factor * max(1, DETAIL // factor)
    for top in range(0, image.height, side):
        for left in range(0, image.width, side):
            tile = image.crop((left, top, min(left + side, image.width), min(top + side, image.height)))
            tile = Image.fromarray(np.asarray(tile, dtype=np.float32)) if mode == "F" else tile.convert(mode)
            reduced.paste(tile.reduce(factor), (left // factor, top // factor))
    return reduced


def preview(image: Image.Image) -> Image.Image:
    """Return an image as it is shown: RGB, with a longer side of at most `WORK_SIDE` px."""
    image = _limit_size(image)
    return (_to_grey(image).point(lambda value: value * 255).convert("L") if _is_deep(image) else image).convert("RGB")


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
        # Dark ink takes a share of the light: dividing by the paper's makes it equally dark in the shadow.
        strength = without_rulings(np.clip(-difference / np.maximum(background, DARKEST_PAPER), 0, None))
    else:
        strength = np.clip(difference, 0, None)
    threshold = threshold_otsu(strength)
    if threshold < 0.05:
        return np.zeros_like(grey)
    return np.clip((strength - threshold) / threshold + 0.5, 0, 1).astype(np.float32)


def _remove_specks(ink: np.ndarray) -> np.ndarray:
    """Erase blobs that are tiny compared with the largest one, and low ones at the border: the corner of a shadow."""
    from scipy.ndimage import find_objects, label

    blobs, count = label(ink >= 0.5, structure=np.ones((3, 3)))
    if count == 0:
        return ink
    sizes = np.bincount(blobs.ravel())
    sizes[0] = 0
    dirt = sizes < max(4, SPECK * sizes.max())
    heights = np.array([0, *(rows.stop - rows.start for rows, _ in find_objects(blobs))])
    at_border = np.zeros_like(dirt)
    at_border[np.concatenate([blobs[0], blobs[-1], blobs[:, 0], blobs[:, -1]])] = True
    dirt |= at_border & (heights < LOW * np.max(heights, where=~at_border, initial=0))
    return np.where(dirt[blobs] & (ink >= 0.5), 0, ink).astype(np.float32)
