"""A drawing comes back from its link as it was, within a pixel; a damaged, hostile or foreign text is refused."""

import re
import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink import share_link
from mnist_core.ink.share_link import (
    ALPHABET,
    DAMAGED,
    LIMIT,
    MAX_LENGTH,
    SHORTEST_LIMIT,
    VERSION,
    detail_of_points,
    pack_drawing,
    unpack_drawing,
)
from mnist_core.ink.strokes import MAX_POINTS, Strokes, check_bounds

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))

coordinates = st.floats(-30, 310, width=32)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=30)
drawings = st.lists(
    st.builds(
        lambda group, brush: Strokes(tuple(np.array(line, dtype=np.float64) for line in group), brush),
        st.lists(lines, min_size=1, max_size=3),
        st.integers(8, 40),
    ),
    max_size=4,
)
texts = st.text(ALPHABET, max_size=80)


def distances_to(line: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return how far each point is from a polyline, as the smallest distance to any of its segments."""
    if len(line) == 1:
        return np.asarray(np.hypot(*(points - line[0]).T))
    nearest = np.full(len(points), np.inf)
    for start, end in pairwise(line):
        along = end - start
        place = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(points - start - place[:, None] * along).T))
    return nearest


def distinct(strokes: Sequence[Strokes]) -> list[np.ndarray]:
    return [line for stroke in strokes for line in stroke.lines]


def with_checksum(body: str) -> str:
    """A text that looks whole, whatever its bits say."""
    return VERSION + share_link._checksum(body) + body


@given(drawings)
def test_every_line_comes_back_within_a_pixel(drawing: list[Strokes]) -> None:
    text = pack_drawing(drawing)
    back = unpack_drawing(text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,1800}", text)
    originals, returned = distinct(drawing), distinct(back)
    assert len(returned) <= len(originals)
    for line in originals:  # equal lines are kept once
        assert any(distances_to(other, line).max() < 1 and distances_to(line, other).max() < 1 for other in returned)


def test_strokes_keep_their_order_lines_brushes_and_canvas() -> None:
    drawing = [
        Strokes((np.array([[10.0, 10], [50, 90]]), np.array([[200.0, 5]])), 12, 300),
        Strokes((np.array([[100.0, 10], [100, 290]]),), 12, 300),
        Strokes((np.array([[7.0, 280], [90, 13.5]]),), 33, 300),
    ]
    back = unpack_drawing(pack_drawing(drawing))
    assert [(stroke.brush, stroke.size, len(stroke.lines)) for stroke in back] == [
        (12, 300, 2),
        (12, 300, 1),
        (33, 300, 1),
    ]
    for stroke, original in zip(back, drawing, strict=True):
        for line, expected in zip(stroke.lines, original.lines, strict=True):
            assert line == pytest.approx(expected, abs=0.27)  # half a cell of 300/560 px


@given(drawings)
def test_an_unpacked_drawing_can_be_shared_on_without_change(drawing: list[Strokes]) -> None:
    once = unpack_drawing(pack_drawing(drawing))
    again = unpack_drawing(pack_drawing(once))
    for stroke, other in zip(once, again, strict=True):
        assert (stroke.brush, stroke.size) == (other.brush, other.size)
        for line, same in zip(stroke.lines, other.lines, strict=True):
            # More points may be left out, but the line lies within a cell of where it was.
            assert distances_to(same, line).max() <= 0.51


def test_a_blank_drawing_is_one_character() -> None:
    for blank in ((), (Strokes(()),), (Strokes((np.empty((0, 2)),)),)):
        assert pack_drawing(blank) == VERSION
    assert unpack_drawing(VERSION) == ()


def test_a_straight_line_needs_its_ends_only() -> None:
    line = np.linspace([20.0, 30], [260, 150], 500)
    ((back,),) = [stroke.lines for stroke in unpack_drawing(pack_drawing([Strokes((line,))]))]
    # NOTE: a line is simplified in pieces, so that a few points between remain.
    assert len(back) <= 4 and back[[0, -1]].tolist() == [[20, 30], [260, 150]]


def test_the_detail_of_a_triangle_is_its_height() -> None:
    # By hand: (10, 6) is 6 px above the base, and (15, 5) is 2 / sqrt(34 / 25) px from the side on its right.
    line = np.array([[0.0, 0], [10, 6], [15, 5], [20, 0]])
    assert detail_of_points(line, 0.1) == pytest.approx([np.inf, 6, 20 / 136**0.5, np.inf])
    assert detail_of_points(line, 3)[2] == 0


@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.sampled_from([0.5, 2, 9]))
def test_points_left_out_are_within_the_tolerance_of_the_line_through_the_others(
    seed: int, count: int, tolerance: float
) -> None:
    line = np.cumsum(np.random.default_rng(seed).normal(0, 3, (count, 2)), axis=0)
    kept = line[detail_of_points(line, 0.5) > tolerance]
    assert distances_to(kept, line).max() <= tolerance + 0.25  # half the finest detail, by which points are thinned out


def scribble(points: int, step: float) -> np.ndarray:
    walk = np.cumsum(np.random.default_rng(0).normal(0, step, (points, 2)), axis=0)
    return 280 - np.abs(walk % 560 - 280)


def many_dots(brushes: bool) -> list[Strokes]:
    spots = np.random.default_rng(1).uniform(-2_800, 2_800, (MAX_POINTS // 2, 1, 2))
    return [Strokes((spot,), 1 + place % 40 / 8 if brushes else 2.0) for place, spot in enumerate(spots)]


ENORMOUS: dict[str, list[Strokes]] = {
    "a scribble": [Strokes((scribble(MAX_POINTS, 2),), 40)],
    "far to and fro": [Strokes((np.resize([[-2800.0, -2800], [2800, 2800], [2800, -2700]], (3_000, 2)),), 1)],
    "dots": many_dots(brushes=False),
    "dots with many brushes": many_dots(brushes=True),
    "many short lines": [Strokes(tuple(scribble(MAX_POINTS, 6).reshape(-1, 4, 2)), 8)],
    "points in one place": [Strokes((np.full((MAX_POINTS, 2), 3.0),))],
}


@pytest.mark.parametrize("limit", [LIMIT, 300, SHORTEST_LIMIT])
@pytest.mark.parametrize("drawing", ENORMOUS.values(), ids=list(ENORMOUS))
def test_any_drawing_fits_into_any_limit_in_little_time(drawing: list[Strokes], limit: int) -> None:
    check_bounds([line for stroke in drawing for line in stroke.lines], max(each.brush for each in drawing), 280)
    started = time.process_time()
    text = pack_drawing(drawing, limit)
    assert time.process_time() - started < 5
    assert len(text) <= limit and unpack_drawing(text)


def test_what_cannot_be_packed_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 50 characters, got 49"):
        pack_drawing([SEVEN], SHORTEST_LIMIT - 1)
    with pytest.raises(ValueError, match="one canvas"):
        pack_drawing([SEVEN, Strokes(SEVEN.lines, size=100)])
    with pytest.raises(ValueError, match="at most 20,000 points"):
        pack_drawing([Strokes((np.zeros((MAX_POINTS + 1, 2)),))])
    with pytest.raises(ValueError, match="a brush must be"):
        pack_drawing([SEVEN, Strokes(SEVEN.lines, brush=0.1)])


@given(st.integers(0, 2**32 - 1))
def test_a_text_that_was_cut_off_or_lengthened_is_refused(seed: int) -> None:
    line = np.random.default_rng(seed).uniform(0, 280, (20, 2))
    text = pack_drawing([Strokes((line,))])
    refused = 0
    shortened = [text[:end] for end in range(2, len(text))]
    for wrong in [*shortened, text + "A", text + text]:
        try:
            unpack_drawing(wrong)
        except ValueError as error:
            assert str(error) == DAMAGED
            refused += 1
    assert refused >= len(shortened) + 1  # one in 4,096 damaged texts has the same checksum


def test_a_changed_character_is_noticed() -> None:
    text = pack_drawing([SEVEN])
    for place in range(1, len(text)):
        for other in set("AZaz09-_") - {text[place]}:
            with pytest.raises(ValueError):
                unpack_drawing(text[:place] + other + text[place + 1 :])


@given(texts)
def test_a_text_with_a_matching_checksum_is_read_within_bounds_or_refused(body: str) -> None:
    try:
        strokes = unpack_drawing(with_checksum(body))
    except ValueError as error:
        assert "\n" not in str(error) and len(str(error)) < 250
    else:
        for stroke in strokes:
            check_bounds(stroke.lines, stroke.brush, stroke.size)


@given(st.integers(0, 2**32 - 1))
def test_the_longest_text_is_read_or_refused_at_once(seed: int) -> None:
    generator = np.random.default_rng(seed)
    start = pack_drawing([SEVEN])[3:9]
    body = start + "".join(generator.choice(list(ALPHABET), MAX_LENGTH - 9))
    started = time.process_time()
    try:
        unpack_drawing(with_checksum(body))
    except ValueError:
        pass
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "text", ["", "1A", "1AAA", "1AA", " ", "1" + "A" * MAX_LENGTH, "1é" + "A" * 9, "1/+AAAA", "?", "\n1"]
)
def test_what_no_drawing_was_packed_into_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        unpack_drawing(text)
    assert str(refused.value) == DAMAGED


def test_a_text_of_another_version_says_so() -> None:
    with pytest.raises(ValueError, match="another version"):
        unpack_drawing("2" + pack_drawing([SEVEN])[1:])


def test_the_text_of_a_drawing_stays_readable() -> None:
    # Links that people keep: a change that breaks this needs another version.
    (seven,) = unpack_drawing("1WzB0MCUg5wGYI4gGXLY")
    assert [line.tolist() for line in seven.lines] == [[[80, 70], [190, 70], [120, 220]]]
