"""What a picture of an explanation shows, pixel by pixel, and what its files hold."""

import io

import numpy as np
import pytest
from PIL import Image

from mnist_core.analysis.attribution import Attribution
from mnist_core.analysis.attribution_picture import (
    MARGIN,
    PIXEL,
    TITLE_HEIGHT,
    Colours,
    attribution_npz,
    attribution_png,
    colour_map,
    ink_outline,
    limit_of,
)
from mnist_core.ink.normalisation import MEAN, STD

COLOURS = Colours(speaks_for="#0000ff", against="#ff8000", paper="#ffffff", outline="#000000")
INK, PAPER = (1 - MEAN) / STD, (0 - MEAN) / STD


def explained(values: np.ndarray, picture: np.ndarray | None = None) -> Attribution:
    picture = np.full((28, 28), PAPER, np.float32) if picture is None else picture
    return Attribution(values, picture, 9, "integrated-gradients", PAPER, tuple(range(10)), (0.5,) * 10)


def opened(content: bytes) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(content))
    return image


def test_colours_mix_with_paper_by_the_part_of_the_largest_value() -> None:
    mixed = colour_map(np.array([[2.0, 1.0, 0.0], [-2.0, -1.0, 0.5]]), COLOURS)
    assert mixed.dtype == np.uint8
    assert mixed.tolist() == [
        [[0, 0, 255], [128, 128, 255], [255, 255, 255]],
        [[255, 128, 0], [255, 192, 128], [191, 191, 255]],
    ]


def test_a_map_of_zeros_is_paper() -> None:
    assert (colour_map(np.zeros((2, 2)), COLOURS) == 255).all()
    assert limit_of(np.zeros((2, 2))) > 0


def test_the_outline_runs_around_the_ink_and_its_holes() -> None:
    picture = np.full((5, 6), PAPER)
    picture[1:4, 1:4] = INK
    picture[2, 2] = PAPER
    square = {(1, 1, 4, 1), (1, 4, 4, 4), (1, 1, 1, 4), (4, 1, 4, 4)}
    hole = {(2, 2, 3, 2), (2, 3, 3, 3), (2, 2, 2, 3), (3, 2, 3, 3)}
    assert set(ink_outline(picture)) == square | hole


def test_ink_that_reaches_the_edge_is_closed_there_and_half_covered_pixels_are_ink() -> None:
    picture = np.full((2, 2), PAPER)
    picture[0, 0] = (0.51 - MEAN) / STD
    picture[1, 1] = (0.49 - MEAN) / STD
    assert set(ink_outline(picture)) == {(0, 0, 1, 0), (0, 1, 1, 1), (0, 0, 0, 1), (1, 0, 1, 1)}


def test_a_blank_picture_has_no_outline() -> None:
    assert ink_outline(np.full((28, 28), PAPER)) == []


def test_the_png_shows_every_value_at_its_place_under_a_title() -> None:
    values = np.zeros((28, 28), np.float32)
    values[3, 5], values[20, 10] = 0.4, -0.2
    image = opened(attribution_png(explained(values), "my run", COLOURS)).convert("RGB")

    def colour(row: int, column: int) -> object:
        return image.getpixel((MARGIN + column * PIXEL + PIXEL // 2, TITLE_HEIGHT + row * PIXEL + PIXEL // 2))

    assert (colour(3, 5), colour(20, 10), colour(0, 0)) == ((0, 0, 255), (255, 192, 128), (255, 255, 255))
    scale = [image.getpixel((x, TITLE_HEIGHT + 28 * PIXEL + 20)) for x in (MARGIN, MARGIN + 28 * PIXEL - 1)]
    assert scale == [(255, 128, 0), (0, 0, 255)]


def test_the_png_says_what_it_is_and_fits_a_long_name() -> None:
    short, long = (opened(attribution_png(explained(np.eye(28)), name)) for name in ("cnn", "a long name " * 9))
    assert short.size == long.size
    assert short.info["Title"] == "cnn: what speaks for 9 (Integrated gradients)"
    assert "arXiv:1703.01365" in short.info["Description"]


def test_the_outline_is_drawn_over_the_map() -> None:
    picture = np.full((28, 28), PAPER)
    picture[10:20, 10:20] = INK
    image = opened(attribution_png(explained(np.zeros((28, 28)), picture), "cnn", COLOURS)).convert("RGB")
    edge = (MARGIN + 10 * PIXEL, TITLE_HEIGHT + 15 * PIXEL)
    assert image.getpixel(edge) == (0, 0, 0)
    assert image.getpixel((edge[0] + PIXEL // 2, edge[1])) == (255, 255, 255)


def test_the_raw_values_are_read_back_as_they_were() -> None:
    values = np.arange(784, dtype=np.float32).reshape(28, 28)
    with np.load(io.BytesIO(attribution_npz(explained(values))), allow_pickle=False) as arrays:
        read = dict(arrays)
    np.testing.assert_array_equal(read["values"], values)
    assert read["values"].dtype == read["picture"].dtype == np.float32
    assert (int(read["target"]), str(read["method"]), str(read["unit"])) == (9, "integrated-gradients", "logits")
    assert float(read["baseline"]) == pytest.approx(PAPER)
    assert (read["logits"].tolist(), read["baseline_logits"].tolist()) == (list(range(10)), [0.5] * 10)
