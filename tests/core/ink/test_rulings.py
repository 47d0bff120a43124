"""Rulings go, from one border of the photo to the other, and the ink across them stays."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from mnist_core.ink.photo import extract_ink
from mnist_core.ink.rulings import without_rulings

SIZE = (320, 240)
INK, RULING = 0.6, 0.2  # darkness
SEVEN = [(110, 70), (200, 75), (140, 180)]
Line = tuple[tuple[float, float], tuple[float, float]]

RULED: list[Line] = [((0, y), (320, y + 12)) for y in range(20, 230, 30)]
CONVERGING: list[Line] = [((0, 120 + 1.5 * y), (320, 120 + y)) for y in range(-75, 76, 25)]
SQUARED: list[Line] = [*RULED, *(((x, 0), (x - 10, 240)) for x in range(15, 320, 30))]
ACROSS_CORNERS: list[Line] = [((0, 60), (105, 0)), ((230, 240), (320, 190))]
AT_BORDERS: list[Line] = [((0, 2), (320, 2)), ((317, 0), (317, 240))]
RULINGS = {
    "ruled": RULED,
    "converging": CONVERGING,
    "squared": SQUARED,
    "across corners": ACROSS_CORNERS,
    "at the borders": AT_BORDERS,
}


def drawn(lines: list[Line], width: float) -> np.ndarray:
    """Return anti-aliased lines: (240, 320) float32 in [0, 1]."""
    picture = Image.new("L", (4 * SIZE[0], 4 * SIZE[1]))
    for line in lines:
        ImageDraw.Draw(picture).line([(4 * x, 4 * y) for x, y in line], fill=255, width=round(4 * width))
    return np.asarray(picture.reduce(4), dtype=np.float32) / 255


def seven(width: int = 8) -> np.ndarray:
    return drawn([(SEVEN[0], SEVEN[1]), (SEVEN[1], SEVEN[2])], width)


def darkness(ink: np.ndarray, lines: list[Line], width: float = 2) -> np.ndarray:
    """Return what ink over rulings takes from the paper's light, with a camera's noise, smoothed as photos are."""
    noise = np.random.default_rng(0).normal(0, 0.01, ink.shape)
    taken = 1 - (1 - INK * ink) * (1 - RULING * drawn(lines, width))
    return np.clip(gaussian_filter(taken + noise, 1), 0, 1).astype(np.float32)


@pytest.mark.parametrize("lines", RULINGS.values(), ids=list(RULINGS))
@pytest.mark.parametrize("width", [1, 2, 4])
def test_rulings_go_and_the_ink_across_them_stays(lines: list[Line], width: float) -> None:
    dark, ink = darkness(seven(), lines, width), seven()
    left = without_rulings(dark)
    assert left.dtype == np.float32 and left.shape == dark.shape
    paper = gaussian_filter(ink, 2) < 0.01
    was, remains = ((each[paper] > RULING / 4).sum() for each in (dark, left))
    assert was > 100 and remains < 0.05 * was
    assert (left[ink == 1] > INK / 2).mean() > 0.99


def test_without_rulings_nothing_changes() -> None:
    for ink in (seven(), drawn([((160, 30), (165, 210))], 6), np.zeros(SIZE[::-1], np.float32)):
        dark = darkness(ink, [])
        assert np.array_equal(without_rulings(dark), dark)


@pytest.mark.parametrize("line", [((20, 120), (300, 125)), ((0, 120), (240, 120)), ((160, 10), (160, 230))])
def test_a_stroke_that_does_not_reach_both_borders_is_no_ruling(line: Line) -> None:
    dark = darkness(np.maximum(seven(), drawn([line], 3)), [])
    assert np.array_equal(without_rulings(dark), dark)


def test_a_thick_line_from_border_to_border_is_no_ruling() -> None:
    dark = darkness(np.maximum(seven(), drawn([((0, 210), (320, 210))], 20)), [])
    assert np.array_equal(without_rulings(dark), dark)


def test_a_line_alone_is_ink_however_long_it_is() -> None:
    dark = darkness(drawn([((160, 0), (150, 240))], 5), [])
    assert np.array_equal(without_rulings(dark), dark)


def test_a_bar_that_lies_on_a_ruling_stays() -> None:
    ink = np.maximum(seven(), drawn([((80, 184), (220, 189))], 5))
    on_it: Line = ((0, 181), (320, 193))
    left = without_rulings(darkness(ink, [on_it, *RULED[:2]], 2))
    assert (left[ink == 1] > INK / 2).mean() > 0.98
    assert not (left[:, 240:][drawn([on_it], 2)[:, 240:] > 0] > RULING / 2).any()


@pytest.mark.parametrize("lines", [RULED, CONVERGING, SQUARED], ids=["ruled", "converging", "squared"])
def test_a_digit_on_lined_paper_has_the_ink_that_it_has_on_plain_paper(lines: list[Line]) -> None:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / SIZE[0]
    light, noise = 0.5 + 0.4 * x - 0.2 * y, np.random.default_rng(1).normal(0, 0.01, SIZE[::-1])
    plain, lined = (
        extract_ink((np.clip(light * (1 - darkness(seven(), each, 2)) + noise, 0, 1) * 255).astype(np.uint8)) >= 0.5
        for each in ([], lines)
    )
    assert plain.sum() > 1000
    assert (plain & lined).sum() / (plain | lined).sum() > 0.9


def test_pictures_of_noise_and_of_one_pixel_keep_their_shape() -> None:
    noise = np.random.default_rng(2).random((480, 640)).astype(np.float32)
    for dark in (noise, noise[:1, :1], noise[:1], noise[:, :1]):
        assert without_rulings(dark).shape == dark.shape
