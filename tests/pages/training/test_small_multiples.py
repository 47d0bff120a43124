"""Small multiples: one chart per run, on the same axes."""

import base64
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_pages.components.palette import SYMBOLS
from app_pages.training.small_multiples import (
    HEIGHT,
    MAX_POINTS,
    SYMBOL_SHAPES,
    WIDTH,
    Small,
    shared_axes,
    small_multiples,
)

NUMBERS = st.floats(-1e300, 1e300) | st.floats(0, 100) | st.just(0.0)
POINTS = st.lists(st.tuples(st.floats(0, 1e12), NUMBERS), max_size=5)


def plots(page: str) -> str:
    """Return the drawings in the images of a page."""
    return "".join(base64.b64decode(each).decode() for each in re.findall(r'base64,([^"]*)"', page))


def lines(page: str) -> list[list[tuple[float, float]]]:
    """Return the points of every line, chart by chart: the frame, those behind, its own."""
    texts = re.findall(r'points="([^"]*)"', plots(page))
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())] for text in texts]


def test_every_run_has_a_chart_on_the_same_axes_with_the_others_behind_it() -> None:
    one, other = (
        Small("MLP", [(0, 80), (10, 100)], "#111111"),
        Small("CNN", [(0, 90), (20, 90)], "#222222", (8, 4), "rect"),
    )
    page = small_multiples([one, other], "steps", "%", "#cccccc", "#ffffff")
    assert page.count("<figure>") == 2 and page.count("<img") == 4
    assert shared_axes([one, other]) == (20, 80, 100)
    rising, level = [(0, HEIGHT), (WIDTH / 2, 0)], [(0, HEIGHT / 2), (WIDTH, HEIGHT / 2)]
    frame = [(0, 0), (0, HEIGHT), (WIDTH, HEIGHT)]
    assert lines(page) == [frame, level, rising, frame, rising, level]
    strokes = re.findall(r'<polyline[^>]* stroke="(#\w+)"', plots(page))
    assert strokes == ["#cccccc", "#cccccc", "#111111", "#cccccc", "#cccccc", "#222222"]
    assert plots(page).count('stroke-dasharray="8 4"') == 2  # in its chart and in its piece of a legend
    assert plots(page).count("<rect") == 1 and 'alt="MLP: from 80% to 100%"' in page and "20 steps" in page


def test_a_run_without_values_says_so_and_names_are_only_text() -> None:
    page = small_multiples([Small('<img src="x">', [], "#111111")], "s", "%", "#cccccc", "#ffffff")
    assert "no value yet" in page and '<img src="x"' not in page and 'alt="&lt;img src=&quot;x&quot;&gt;' in page


def test_a_long_curve_is_drawn_from_some_of_its_points() -> None:
    page = small_multiples([Small("MLP", [(x, x) for x in range(5_000)], "#111111")], "steps", "", "#cccccc", "#ffffff")
    assert len(lines(page)[-1]) == MAX_POINTS and lines(page)[-1][-1][0] == WIDTH


@given(st.lists(POINTS, min_size=1, max_size=3))
def test_whatever_the_numbers_every_line_lies_within_the_frame(curves: list[list[tuple[float, float]]]) -> None:
    smalls = [Small(f"run {place}", sorted(points), "#111111") for place, points in enumerate(curves)]
    for line in lines(small_multiples(smalls, "steps", "%", "#cccccc", "#ffffff")):
        for x, y in line:
            assert math.isfinite(x) and math.isfinite(y)
            assert -0.1 <= x <= WIDTH + 0.1 and -0.1 <= y <= HEIGHT + 0.1


@pytest.mark.parametrize(
    ("values", "low", "high"), [([92.3, 98.9], 92, 99), ([0.05, 2.31], 0, 3), ([97, 97], 97, 97.1), ([], 0, 1)]
)
def test_the_vertical_axis_ends_at_round_numbers(values: list[float], low: float, high: float) -> None:
    _, *ends = shared_axes([Small("MLP", list(enumerate(values)), "#111111")])
    assert ends[0] == pytest.approx(low) and ends[1] == pytest.approx(max(high, low + 0.1), abs=1)


def test_every_symbol_of_a_line_has_a_shape() -> None:
    assert set(SYMBOL_SHAPES) == set(SYMBOLS)
