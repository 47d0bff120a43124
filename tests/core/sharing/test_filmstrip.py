"""A filmstrip opens again with a picture per moment, and each part shows what it was given."""

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from mnist_core.sharing import filmstrip
from mnist_core.sharing.filmstrip import (
    GAP,
    LAST,
    PACE,
    SHEET_FRAMES,
    SIDE,
    Film,
    FilmFrame,
    film_gif,
    film_sheet,
    frame_picture,
    spread,
)

COLOURS = ["#bc4fa8"] * 10
PICTURE = np.arange(28 * 28, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
WIDTH, HEIGHT = 4 * SIDE + 3 * GAP, SIDE + 44


def made_film(count: int) -> Film:
    generator = np.random.default_rng(0)
    frames = [
        FilmFrame(
            name=f"step {number}",
            filters=generator.integers(0, 256, (10, 5, 5), dtype=np.uint8),
            activations=generator.integers(0, 256, (10, 12, 12), dtype=np.uint8),
            probabilities=[0.1] * 9 + [0.1 + number / 1000],
            places=generator.random((6, 2)),
            place=np.array([0.25, 0.75]),
        )
        for number in range(count)
    ]
    return Film("your drawing, seen by CNN", frames, np.arange(6), COLOURS, PICTURE)


@pytest.mark.parametrize("count", [1, 2, 41])
def test_a_film_has_a_picture_per_moment_and_rests_on_the_last(count: int) -> None:
    film = made_film(count)
    opened = Image.open(io.BytesIO(film_gif(film)))
    assert (opened.format, opened.size, getattr(opened, "n_frames", 1)) == ("GIF", (WIDTH, HEIGHT), count)
    for number, frame in enumerate(film.frames):
        opened.seek(number)
        if count > 1:
            assert opened.info["duration"] == (LAST if number == count - 1 else PACE)
            assert opened.info["loop"] == 0
        shown, exact = (np.asarray(each.convert("RGB"), dtype=int) for each in (opened, frame_picture(film, frame)))
        assert np.abs(shown - exact).mean() < 8  # of 255; a GIF has few colours


@pytest.mark.parametrize(("count", "rows"), [(2, 2), (12, 12), (41, SHEET_FRAMES)])
def test_a_sheet_has_a_row_per_moment_or_a_selection_of_them(count: int, rows: int) -> None:
    film = made_film(count)
    opened = Image.open(io.BytesIO(film_sheet(film)))
    assert (opened.format, opened.mode) == ("PNG", "RGB")
    assert opened.size == (WIDTH + 2 * filmstrip.MARGIN, filmstrip.HEADING + rows * HEIGHT + filmstrip.MARGIN)
    for row, number in ((0, 0), (rows - 1, count - 1)):
        top = filmstrip.HEADING + row * HEIGHT
        part = opened.crop((filmstrip.MARGIN, top, filmstrip.MARGIN + WIDTH, top + HEIGHT))
        assert np.array_equal(np.asarray(part), np.asarray(frame_picture(film, film.frames[number])))


def test_a_sheet_shows_the_picture_that_the_models_looked_at() -> None:
    sheet = np.asarray(Image.open(io.BytesIO(film_sheet(made_film(1)))))
    side, top, right = filmstrip.PICTURE, (filmstrip.HEADING - filmstrip.PICTURE) // 2, WIDTH + filmstrip.MARGIN
    shown = sheet[top : top + side, right - side : right, 0]
    assert np.array_equal(shown, np.kron(PICTURE, np.ones((2, 2), dtype=np.uint8)))


def test_the_same_film_gives_the_same_bytes() -> None:
    assert film_sheet(made_film(3)) == film_sheet(made_film(3))
    assert film_gif(made_film(3)) == film_gif(made_film(3))


def test_bars_are_as_long_as_their_probabilities_and_the_picture_is_marked() -> None:
    frame = FilmFrame("step 1", *_pictures(), [0.5, 0, 0, 0.25, 0, 0, 0, 0, 0, 0.25], np.zeros((0, 2)), np.ones(2) / 2)
    picture = np.asarray(frame_picture(Film("", [frame], np.zeros(0, dtype=int), COLOURS, PICTURE), frame))
    bars = picture[:SIDE, SIDE + GAP : 2 * SIDE + GAP]
    accent, quiet = (np.array(ImageColor.getrgb(colour)) for colour in (filmstrip.ACCENT, filmstrip.QUIET))
    track = SIDE - 58 - 20
    assert (bars[SIDE // 20] == accent).all(axis=1).sum() == pytest.approx(track * 0.5, abs=2)
    assert (bars[7 * SIDE // 20] == quiet).all(axis=1).sum() == pytest.approx(track * 0.25, abs=2)
    plane = picture[:SIDE, :SIDE]
    rows, columns = np.nonzero((plane == accent).all(axis=2))
    assert (rows.mean(), columns.mean()) == pytest.approx((SIDE / 2, SIDE / 2), abs=1)


def test_tiles_show_their_pictures_crisp() -> None:
    filters, activations = _pictures()
    frame = FilmFrame("step 1", filters, activations, [0.1] * 10, np.zeros((0, 2)), np.zeros(2))
    picture = np.asarray(frame_picture(Film("", [frame], np.zeros(0, dtype=int), COLOURS, PICTURE), frame))
    tiles = picture[:SIDE, 2 * (SIDE + GAP) : 3 * SIDE + 2 * GAP, 0]
    assert set(np.unique(tiles)) == {0, 80, 160, 255}  # the three pictures, and paper
    single = picture[:SIDE, 3 * (SIDE + GAP) :, 0]
    assert (single[: SIDE // 2, : SIDE // 2] == 10).all() and (single[SIDE // 2 :, SIDE // 2 :] == 40).all()


def _pictures() -> tuple[np.ndarray, np.ndarray]:
    filters = np.stack([np.full((5, 5), grey, dtype=np.uint8) for grey in (0, 80, 160)])
    return filters, np.array([[[10, 20], [30, 40]]], dtype=np.uint8)


def test_a_selection_is_evenly_spread_with_both_ends() -> None:
    assert spread(3, 12) == [0, 1, 2]
    assert spread(41, 5) == [0, 10, 20, 30, 40]
    assert spread(1, 12) == [0]
