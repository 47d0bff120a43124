import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from mnist_core.ink import photo
from mnist_core.ink.photo import MAX_BYTES, WORK_SIDE, extract_ink, open_image, to_ink
from mnist_core.ink.strokes import Strokes


def drawing(size: tuple[int, int] = (200, 200), ink: int = 255, paper: int = 0) -> Image.Image:
    """A seven, 16 px wide, without anti-aliasing."""
    image = Image.new("L", size, paper)
    ImageDraw.Draw(image).line([(50, 50), (150, 50), (90, 160)], fill=ink, width=16)
    return image


TRUTH = np.asarray(drawing(), dtype=np.float32) / 255


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def overlap(ink_map: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union of the pixels that are ink."""
    ink_map, truth = ink_map >= 0.5, truth >= 0.5
    return float((ink_map & truth).sum() / (ink_map | truth).sum())


def transparent(image: Image.Image) -> Image.Image:
    whole = Image.new("RGBA", image.size, (255, 0, 0, 0))
    whole.paste((10, 20, 30, 255), mask=image)
    return whole


def palette(image: Image.Image) -> Image.Image:
    whole = image.point(lambda value: value // 255).convert("P")
    whole.putpalette([240, 230, 200, 20, 20, 120])
    return whole


def see_through_palette(image: Image.Image) -> Image.Image:
    whole = palette(image)
    whole.info["transparency"] = 0
    return whole


def deep(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image, dtype=np.uint16) * 100)


MODES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "L": lambda image: image,
    "1": lambda image: image.convert("1"),
    "RGB": lambda image: image.convert("RGB"),
    "RGB in colour": lambda image: ImageOps.colorize(image, "#ffeecc", "#003366"),
    "RGBA opaque": lambda image: image.convert("RGBA"),
    "RGBA transparent": transparent,
    "LA transparent": lambda image: transparent(image).convert("LA"),
    "P": palette,
    "P transparent": see_through_palette,
    "CMYK": lambda image: image.convert("CMYK"),
    "I;16": deep,
    "F": lambda image: image.convert("F"),
}


@pytest.mark.parametrize("mode", MODES)
def test_ink_is_found_in_every_mode(mode: str) -> None:
    ink_map = extract_ink(MODES[mode](drawing()))
    assert ink_map.dtype == np.float32 and ink_map.shape == (200, 200)
    assert ink_map == pytest.approx(TRUTH, abs=1e-6)


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "P", "P transparent", "I;16", "RGBA transparent"])
def test_ink_is_found_in_a_large_picture_of_every_mode(mode: str) -> None:
    large = drawing().resize((1000, 1000), Image.Resampling.NEAREST)
    ink_map = extract_ink(MODES[mode](large))
    assert ink_map.shape == (WORK_SIDE, WORK_SIDE)
    small = np.asarray(Image.fromarray(TRUTH).resize((WORK_SIDE, WORK_SIDE), Image.Resampling.BOX))
    assert overlap(ink_map, small) > 0.97


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (40, 200), (255, 0), (200, 90)])
def test_dark_on_light_and_light_on_dark_give_the_same_ink(ink: int, paper: int) -> None:
    assert extract_ink(drawing(ink=ink, paper=paper)) == pytest.approx(TRUTH, abs=1e-6)


def test_anti_aliased_edges_keep_their_grey() -> None:
    soft = drawing((800, 800)).resize((200, 200), Image.Resampling.BOX)
    grey = np.asarray(soft, dtype=np.float32) / 255
    assert (grey[(grey > 0) & (grey < 1)]).size > 0
    assert extract_ink(ImageOps.invert(soft)) == pytest.approx(grey, abs=0.01)


def test_arrays_give_the_same_ink_as_their_images() -> None:
    for image in (drawing(), drawing().convert("RGB"), transparent(drawing())):
        assert np.array_equal(extract_ink(np.asarray(image)), extract_ink(image))


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "I;16", "RGBA transparent"])
def test_a_picture_without_ink_is_blank(mode: str) -> None:
    for blank in (Image.new("L", (90, 70), 0), Image.new("L", (1, 1), 0)):
        ink_map = extract_ink(MODES[mode](blank))
        assert ink_map.shape == blank.size[::-1] and not ink_map.any()


def large_seven() -> np.ndarray:
    image = Image.new("L", (400, 300))
    ImageDraw.Draw(image).line([(50, 50), (350, 60), (110, 250)], fill=255, width=14)
    return np.asarray(image, dtype=np.float32) / 255


def photographed(truth: np.ndarray, ink_is_darker: bool, seed: int) -> Image.Image:
    """Paper under a lamp to one side, with the grain of a camera."""
    height, width = truth.shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    lamp = 0.3 + 0.6 * x + 0.1 * y
    grain = np.random.default_rng(seed).normal(0, 0.015, truth.shape)
    lit = lamp * (1 - 0.5 * truth) if ink_is_darker else 0.7 * lamp + 0.25 * truth
    return Image.fromarray((np.clip(lit + grain, 0, 1) * 255).astype(np.uint8))


@pytest.mark.parametrize("ink_is_darker", [True, False])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_line_is_found_on_unevenly_lit_paper(ink_is_darker: bool, seed: int) -> None:
    truth = large_seven()
    taken = photographed(truth, ink_is_darker, seed)
    # One threshold for the whole photo would not do: the lamp makes more of a difference than the pen.
    grey = np.asarray(taken, dtype=np.float32) / 255
    sign = -1 if ink_is_darker else 1
    assert max(overlap(sign * (grey - level) + 0.5, truth) for level in np.linspace(0, 1, 41)) < 0.6
    assert overlap(extract_ink(taken), truth) > 0.8


def test_paper_without_a_line_is_blank_however_it_is_lit() -> None:
    assert not (extract_ink(photographed(np.zeros((300, 400)), True, seed=2)) >= 0.5).any()


def test_specks_in_a_photo_are_not_ink() -> None:
    truth = large_seven()
    dirty = truth.copy()
    dirty[250:254, 350:354] = 1
    ink_map = extract_ink(photographed(dirty, True, seed=3))
    assert not (ink_map[240:264, 340:364] >= 0.5).any() and overlap(ink_map, truth) > 0.8


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_content_of_a_file_decides_its_format(tmp_path: Path, kind: str) -> None:
    content = encoded(drawing(), kind)
    path = tmp_path / "no_suffix"
    path.write_bytes(content)
    for source in (content, path):
        assert overlap(extract_ink(open_image(source)), TRUTH) > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_rotated_by_its_exif_orientation(orientation: int) -> None:
    upright = drawing((240, 200))
    # By the EXIF standard: what undoes each orientation, so that its inverse makes the stored picture.
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose values
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = open_image(encoded(stored, "PNG", exif=exif))
    assert opened.size == upright.size
    assert np.array_equal(np.asarray(opened), np.asarray(upright))


BAD: dict[str, bytes] = {
    "nothing": b"",
    "text": b"this is no image",
    "half a PNG": encoded(drawing())[:150],
    "half a JPEG": encoded(drawing(), "JPEG")[:400],
    "half a WebP": encoded(drawing(), "WEBP")[:60],
    "a PNG's head": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("content", BAD.values(), ids=list(BAD))
def test_a_file_that_is_not_an_image_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(ValueError, match="^This isn't a readable PNG, JPEG or WebP image$"):
        open_image(content)


def test_a_file_that_is_too_large_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^An image can have at most 20 MB, got 20\.0 MB$"):
        open_image(encoded(drawing()) + b"\0" * MAX_BYTES)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(drawing())
    monkeypatch.setattr(photo, "MAX_PIXELS", 200 * 200 - 1)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ValueError, match="^An image can have at most 39,999 pixels, got 200x200$"):
        open_image(content)


@pytest.mark.parametrize("pixels", [(10_000, 6_001), (10_000, 9_500), (20_000, 10_000)])
def test_a_decompression_bomb_is_refused_in_one_sentence(pixels: tuple[int, int]) -> None:
    content = encoded(Image.new("1", pixels))
    with pytest.raises(ValueError, match="^[^\n]*image[^\n]*$"):
        open_image(content)


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"]), st.data())
def test_a_damaged_file_is_read_or_refused_with_a_value_error(kind: str, data: st.DataObject) -> None:
    content = bytearray(encoded(drawing((60, 40)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # about odd metadata
            ink_map = extract_ink(open_image(bytes(content)))
    except ValueError as refused:
        assert "\n" not in str(refused)
    else:
        assert ink_map.ndim == 2 and np.isfinite(ink_map).all()


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_ink_of_any_picture_is_finite_and_between_0_and_1(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    ink_map = extract_ink(noise)
    assert ink_map.shape == noise.shape and np.isfinite(ink_map).all() and ink_map.min() >= 0 and ink_map.max() <= 1


def test_strokes_and_coverage_are_already_ink() -> None:
    strokes, coverage = Strokes(()), np.zeros((5, 7), dtype=np.float32)
    assert to_ink(strokes) is strokes and to_ink(coverage) is coverage


@pytest.mark.parametrize("as_text", [False, True])
def test_an_image_gives_the_same_ink_as_a_file_an_image_or_an_array(tmp_path: Path, as_text: bool) -> None:
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(drawing()))
    for source in (
        str(path) if as_text else path,
        drawing(),
        np.asarray(drawing()),
        np.asarray(drawing().convert("RGB")),
    ):
        assert to_ink(source) == pytest.approx(TRUTH, abs=1e-6)


@pytest.mark.parametrize(
    "array",
    [np.zeros((5, 7), np.int64), np.zeros((5, 7, 1), np.float32), np.zeros((5, 7, 2), np.uint8), np.zeros(5, np.uint8)],
)
def test_an_array_of_another_dtype_or_shape_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="^an array must be floats") as refused:
        to_ink(array)
    assert str(refused.value).endswith(f"got {array.dtype} {array.shape}")
