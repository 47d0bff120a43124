import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageDraw, ImageFile, ImageOps

from mnist_core.ink import photo
from mnist_core.ink.photo import DETAIL, MAX_BYTES, WORK_SIDE, extract_ink, open_image, preview, to_ink
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import load_predictor

ROOT = Path(__file__).parents[3]


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


@pytest.mark.parametrize(("height", "is_ink"), [(50, False), (150, True)])  # the seven is 214 px high
def test_a_low_blob_at_the_border_of_a_photo_is_dirt_and_a_high_one_is_ink(height: int, is_ink: bool) -> None:
    truth = large_seven()
    truth[300 - height :, 320:334] = 1
    ink_map = extract_ink(photographed(truth, True, seed=4))
    expected = truth if is_ink else large_seven()
    assert overlap(ink_map, expected) > 0.9


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


def multi_scan(repeats: int) -> bytes:
    """A progressive JPEG whose last scan is there many times."""
    content = encoded(drawing(), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xc4")  # its Huffman table, then the scan
    return content[:last] + content[last:-2] * repeats + content[-2:]


def without_further_scans() -> bytes:
    """A JPEG that is not progressive, and says that its only scan has one of its three colours."""
    content = bytearray(encoded(drawing().convert("RGB"), "JPEG"))
    start = content.index(b"\xff\xda")
    content[start + 2 : start + 14] = bytes([0, 8, 1, *content[start + 5 : start + 7], 0, 63, 0])
    return bytes(content)


TO_JPEG = "; saved as a JPEG that is not progressive, it can have 250,000,000$"
TOO_LARGE: dict[str, tuple[bytes, int, str]] = {  # a file of 200x200 px, bytes of memory, and what the error says
    "PNG": (encoded(drawing()), 160_000, "^A PNG image can have at most 39,999 pixels, got 200x200" + TO_JPEG),
    "WebP": (
        encoded(drawing(), "WEBP"),
        640_000,
        "^A WebP image can have at most 39,999 pixels, got 200x200" + TO_JPEG,
    ),
    "progressive, grey": (
        encoded(drawing(), "JPEG", progressive=True),
        80_000,
        "^A progressive JPEG image can have at most 39,999 pixels, got 200x200" + TO_JPEG,
    ),
    "progressive, colours at half resolution": (
        encoded(drawing().convert("RGB"), "JPEG", progressive=True, subsampling="4:2:0"),
        120_000,
        "^A progressive JPEG image can have at most 39,999 pixels",
    ),
    "progressive, colours": (
        encoded(drawing().convert("RGB"), "JPEG", progressive=True, subsampling="4:4:4"),
        240_000,
        "^A progressive JPEG image can have at most 39,999 pixels",
    ),
    "progressive, four colours": (
        encoded(drawing().convert("CMYK"), "JPEG", progressive=True),
        320_000,
        "^A progressive JPEG image can have at most 39,999 pixels",
    ),
    "a colour of three in the only scan": (
        without_further_scans(),
        120_000,
        "^A progressive JPEG image can have at most 39,999 pixels",
    ),
}


@pytest.mark.parametrize(("content", "memory", "message"), TOO_LARGE.values(), ids=list(TOO_LARGE))
def test_an_image_that_takes_too_much_memory_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, content: bytes, memory: int, message: str
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    monkeypatch.setattr(photo, "MAX_MEMORY", memory - 1)
    with pytest.raises(ValueError, match=message):
        open_image(content)
    monkeypatch.undo()
    monkeypatch.setattr(photo, "MAX_MEMORY", memory)
    try:
        open_image(content)
    except ValueError as error:  # one of the files is not whole, but not too large either
        assert str(error).startswith("This isn't a readable")


def test_a_jpeg_that_is_decoded_small_may_have_more_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(drawing().convert("RGB"), "JPEG")
    monkeypatch.setattr(photo, "MAX_MEMORY", 1)
    monkeypatch.setattr(photo, "MAX_PIXELS", 200 * 200)
    assert open_image(content).size == (200, 200)
    monkeypatch.setattr(photo, "MAX_PIXELS", 200 * 200 - 1)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ValueError, match="^A JPEG image can have at most 39,999 pixels, got 200x200$"):
        open_image(content)


@pytest.mark.parametrize(
    ("pixels", "kind", "options"),
    [
        ((16_320, 12_240), "JPEG", {}),  # the largest camera of a phone
        ((12_000, 9_000), "JPEG", {"progressive": True, "subsampling": "4:2:0"}),
        ((8_192, 6_144), "JPEG", {"progressive": True, "subsampling": "4:4:4"}),
        ((8_192, 6_144), "PNG", {}),
        ((4_000, 3_000), "WEBP", {}),
    ],
)
def test_the_photos_of_phones_are_within_the_limits(
    monkeypatch: pytest.MonkeyPatch, pixels: tuple[int, int], kind: str, options: dict[str, Any]
) -> None:
    content = bytearray(encoded(Image.new("RGB", (64, 48)), kind, **options))
    width, height = pixels
    if kind == "JPEG":  # the size stands in the frame's head, so that no large image must be made
        start = content.index(b"\xff\xc2" if options else b"\xff\xc0")
        content[start + 5 : start + 9] = struct.pack(">HH", height, width)
    elif kind == "PNG":
        content[16:24] = struct.pack(">II", width, height)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    else:
        content = bytearray(encoded(Image.new("RGB", pixels), kind, method=0))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(pytest.fail.Exception, match="decoded"):
        photo._open(bytes(content)).load()


def test_a_jpeg_of_many_scans_which_take_long_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_image(multi_scan(3)).size == (200, 200)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ValueError, match=r"^A progressive JPEG image can have at most 64 scans, got 1,\d\d\d$"):
        open_image(multi_scan(1000))


@pytest.mark.parametrize("pixels", [(10_000, 8_251), (10_000, 9_500), (20_000, 10_000)])
def test_a_decompression_bomb_is_refused_in_one_sentence(pixels: tuple[int, int]) -> None:
    content = encoded(Image.new("1", pixels))
    with pytest.raises(ValueError, match="^A PNG image can have at most 82,500,000 pixels, got [^\n]*$"):
        open_image(content)


def opened_whole(content: bytes) -> Image.Image:
    """Decode an image at its full resolution."""
    image = Image.open(io.BytesIO(content))
    return ImageOps.exif_transpose(image)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("CMYK", "F", "P transparent")])
@pytest.mark.parametrize("size", [(2560, 1100), (901, 4000), (6000, 3), (5200, 1283)])
def test_a_large_png_is_reduced_by_averaging_whole_blocks_of_its_pixels(mode: str, size: tuple[int, int]) -> None:
    large = MODES[mode](drawing().resize(size))
    reduced = open_image(encoded(large))
    factor = max(size) // DETAIL
    if mode == "I;16":
        expected = Image.fromarray(np.asarray(large, dtype=np.float32)).reduce(factor)
    else:
        expected = large.convert("RGBA" if large.has_transparency_data else "RGB").reduce(factor)
    assert DETAIL <= max(reduced.size) < 2 * DETAIL
    assert reduced.mode == expected.mode and np.array_equal(np.asarray(reduced), np.asarray(expected))


def test_an_image_below_the_limit_keeps_every_pixel() -> None:
    image = drawing((2559, 1000))
    for mode in ("L", "RGB", "P", "RGBA transparent"):
        content = encoded(MODES[mode](image))
        assert np.array_equal(np.asarray(open_image(content)), np.asarray(opened_whole(content)))


def test_a_palette_with_a_transparent_colour_stays_transparent_when_it_is_reduced() -> None:
    content = encoded(see_through_palette(drawing().resize((3000, 3000), Image.Resampling.NEAREST)), transparency=0)
    reduced = open_image(content)
    assert reduced.mode == "RGBA" and reduced.size == (1500, 1500)
    assert overlap(extract_ink(reduced), extract_ink(opened_whole(content))) > 0.99


@pytest.mark.parametrize("size", [(2560, 1920), (4000, 3000), (3000, 4000), (5200, 700), (30_000, 40)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": "4:4:4"}])
def test_a_large_jpeg_is_decoded_small(size: tuple[int, int], options: dict[str, Any]) -> None:
    content = encoded(drawing().convert("RGB").resize(size), "JPEG", **options)
    small, whole = open_image(content), opened_whole(content)
    assert DETAIL <= max(small.size) < 2 * DETAIL
    assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.02) or min(small.size) < 9
    if min(small.size) < 9:
        return  # a few rows, of which the last shows less than a whole one
    difference = np.asarray(small, np.float32) - np.asarray(whole.resize(small.size, Image.Resampling.BOX), np.float32)
    assert np.abs(difference).mean() < 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("ink_is_darker", [True, False])
def test_a_photo_decoded_small_has_the_same_ink_and_answer(kind: str, ink_is_darker: bool) -> None:
    predictor = load_predictor("cnn")
    for seed in range(2 if kind == "JPEG" else 1):
        taken = photographed(large_seven(), ink_is_darker, seed).resize((4000, 3000), Image.Resampling.BICUBIC)
        grain = np.random.default_rng(seed).normal(0, 6, (3000, 4000))
        content = encoded(Image.fromarray(np.clip(np.asarray(taken) + grain, 0, 255).astype(np.uint8)), kind)
        small, whole = (extract_ink(image) for image in (open_image(content), opened_whole(content)))
        assert small.shape == whole.shape and np.abs(small - whole).mean() < 0.003
        assert overlap(small, whole) > 0.98
        ours, expected = predictor.predict(small), predictor.predict(whole)
        assert (ours.label, ours.is_digit) == (expected.label, expected.is_digit)
        np.testing.assert_allclose(ours.probabilities, expected.probabilities, atol=0.01)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@given(data=st.binary(max_size=60), prefix=st.sampled_from([b"", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0\x01\0"]))
def test_a_photo_with_damaged_exif_is_shown_as_it_is(kind: str, data: bytes, prefix: bytes) -> None:
    image = drawing((60, 40))
    opened = open_image(encoded(image, kind, exif=b"Exif\0\0" + prefix + data))
    assert opened.size == (60, 40) or opened.size == (40, 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_whose_exif_has_no_tiff_header_is_not_rotated(kind: str) -> None:
    image = drawing((60, 40))
    opened = open_image(encoded(image, kind, exif=b"Exif\0\0no TIFF header"))
    assert np.array_equal(np.asarray(opened), np.asarray(Image.open(io.BytesIO(encoded(image, kind)))))


def test_what_is_no_regular_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(ValueError, match="^This file can't be read as an image: it must be a regular file[^\n]*$"):
            open_image(path)
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match="^[^\n]*at most 20,971,520 bytes, got 20,971,521$"):
        open_image(large)
    with pytest.raises(FileNotFoundError):
        open_image(tmp_path / "none.png")


def decoded_or_refused(content: bytes) -> None:
    """Open a file and find its ink; the only error is a ValueError of one line."""
    try:
        ink_map = extract_ink(open_image(content))
    except ValueError as refused:
        assert "\n" not in str(refused)
    else:
        assert ink_map.ndim == 2 and np.isfinite(ink_map).all()


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = orientation, "Camera"
    return exif


WHOLE_FILES: dict[str, bytes] = {
    "PNG": encoded(drawing((60, 40)), exif=exif_of(6)),
    "PNG, palette": encoded(palette(drawing((60, 40))), transparency=0),
    "PNG, 16 bits": encoded(deep(drawing((60, 40)))),
    "PNG, animated": encoded(drawing((60, 40)), save_all=True, append_images=[drawing((60, 40), 99)]),
    "JPEG": encoded(drawing((60, 40)).convert("RGB"), "JPEG", exif=exif_of(8)),
    "JPEG, progressive": encoded(drawing((60, 40)).convert("RGB"), "JPEG", progressive=True),
    "WebP": encoded(drawing((60, 40)), "WEBP", exif=exif_of(3)),
    "WebP, lossless": encoded(transparent(drawing((60, 40))), "WEBP", lossless=True),
    "WebP, animated": encoded(drawing((60, 40)), "WEBP", save_all=True, append_images=[drawing((60, 40), 99)]),
    "GIF": encoded(drawing((60, 40)), "GIF"),
    "TIFF": encoded(drawing((60, 40)), "TIFF"),
    "BMP": encoded(drawing((60, 40)), "BMP"),
}


@pytest.mark.parametrize("content", WHOLE_FILES.values(), ids=list(WHOLE_FILES))
@hypothesis.settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_with_a_value_error(content: bytes, data: st.DataObject) -> None:
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        damaged[start:end] = data.draw(st.sampled_from([b"", bytes(damaged[start:end]) * 2]))
    decoded_or_refused(bytes(damaged))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x80\0\0\0WEBP"]))
def test_any_bytes_are_read_or_refused_with_a_value_error(content: bytes, head: bytes) -> None:
    decoded_or_refused(head + content)


PEAK = """
import re, sys
from mnist_core.ink.photo import open_image
def peak(): return int(re.findall(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[0]) / 1000
content = open(sys.argv[1], "rb").read()
before = peak()
print(*open_image(content).size, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory of a process where Linux shows it")
def test_a_photo_of_60_million_pixels_takes_little_memory(tmp_path: Path) -> None:
    image = Image.new("RGB", (8944, 6708), (230, 225, 220))
    for kind, megabytes in (("JPEG", 60), ("PNG", 300)):  # at its full resolution: 230 MB, and 460 MB with a copy
        path = tmp_path / kind
        path.write_bytes(encoded(image, kind))
        ended = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True, cwd=ROOT)
        width, height, peak = map(float, ended.stdout.split())
        assert max(width, height) < 2 * DETAIL and peak < megabytes


@pytest.mark.parametrize("mode", MODES)
def test_a_preview_is_small_and_shows_what_the_image_shows(mode: str) -> None:
    for side in (200, 1000):
        image = drawing().resize((side, side), Image.Resampling.NEAREST)
        shown = preview(MODES[mode](image))
        assert shown.mode == "RGB" and max(shown.size) == min(side, WORK_SIDE)
        if mode not in ("P", "RGB in colour") and "transparent" not in mode:
            expected = image.resize(shown.size, Image.Resampling.BOX)
            assert np.abs(np.asarray(shown.convert("L"), float) - np.asarray(expected, float)).max() <= 2


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
