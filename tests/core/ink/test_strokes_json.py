"""A drawing comes back from its JSON close to what it was, whatever the limit; what cannot fit is left out."""

import numpy as np

from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.ink.strokes_json import TOLERANCES, strokes_json

ANGLES = np.linspace(0, 2 * np.pi, 600)
CIRCLE = Strokes((np.column_stack([140 + 60 * np.cos(ANGLES), 140 + 80 * np.sin(ANGLES)]),), 18.0)


def test_a_drawing_comes_back_as_the_model_sees_it() -> None:
    for limit in (100_000, 4_000, 700):
        text = strokes_json(CIRCLE, limit)
        read, original = preprocess(parse_strokes(text)), preprocess(CIRCLE)
        assert 0 < len(text) <= limit and read is not None and original is not None
        assert np.abs(read.centre - original.centre).mean() < 0.02


def test_what_fits_keeps_its_corners_and_dots_to_a_tenth_of_a_pixel() -> None:
    drawing = Strokes((np.array([[80.04, 70.0], [190.0, 70.0], [120.0, 220.0]]), np.array([[30.0, 30.0]])), 20.0)
    read = parse_strokes(strokes_json(drawing, 4_000))
    assert (read.brush, read.size) == (20.0, 280.0)
    assert [line.tolist() for line in read.lines] == [[[80.0, 70.0], [190.0, 70.0], [120.0, 220.0]], [[30.0, 30.0]]]


def test_points_are_off_the_lines_by_no_more_than_the_tolerance() -> None:
    text = strokes_json(CIRCLE, 700)
    (line,) = parse_strokes(text).lines
    radii = np.hypot((line[:, 0] - 140) / 60, (line[:, 1] - 140) / 80)
    assert np.abs(radii - 1).max() < 0.01 and 8 < len(line) < len(CIRCLE.lines[0])  # the points kept are the line's own
    middles = (line[1:] + line[:-1]) / 2
    assert np.abs(np.hypot((middles[:, 0] - 140) / 60, (middles[:, 1] - 140) / 80) - 1).max() * 60 < TOLERANCES[-1]


def test_a_drawing_that_is_too_complex_is_left_out() -> None:
    dots = Strokes(tuple(np.array([[x, y]]) for x in range(10, 270, 10) for y in range(10, 270, 10)))
    assert strokes_json(dots, 4_000) == ""
