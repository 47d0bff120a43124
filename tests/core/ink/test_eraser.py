"""An eraser takes exactly the parts of the lines that it comes over, compared with hand-worked examples and samples."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink.eraser import CRUMB, erase
from mnist_core.ink.strokes import MAX_POINTS, Strokes

Line = list[tuple[float, float]]


def strokes_of(*lines: Line, brush: float = 20) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush)


def lines_of(strokes: tuple[Strokes, ...]) -> list[list[list[float]]]:
    return [line.tolist() for stroke in strokes for line in stroke.lines]


def distances(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return how far points are from a polyline, as the smallest distance to any of its segments."""
    nearest = np.full(len(points), np.inf)
    for start, end in pairwise(line if len(line) > 1 else np.repeat(line, 2, axis=0)):
        along = end - start
        place = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(points - start - place[:, None] * along).T))
    return nearest


def samples(line: np.ndarray, count: int = 50) -> np.ndarray:
    shares = np.linspace(0, 1, count)[:, None]
    return np.concatenate([line[:1], *(start + shares * (end - start) for start, end in pairwise(line))])


def test_an_eraser_across_a_line_leaves_both_ends() -> None:
    # By hand: an eraser 20 px wide, down the column at 100, takes the columns from 90 to 110.
    (left,) = erase([strokes_of([(20, 60), (200, 60)], brush=12)], strokes_of([(100, 20), (100, 90)]))
    assert lines_of((left,)) == [[[20, 60], [90, 60]], [[110, 60], [200, 60]]]
    assert (left.brush, left.size) == (12, 280)


def test_a_tap_of_the_eraser_takes_a_disc() -> None:
    # By hand: 6 px above the centre of a disc with a radius of 10 px, a chord is 8 px to either side.
    left = erase([strokes_of([(20, 60), (200, 60)])], strokes_of([(100, 66)]))
    assert np.array(lines_of(left)) == pytest.approx(np.array([[[20, 60], [92, 60]], [[108, 60], [200, 60]]]))


def test_a_bend_within_the_eraser_goes_and_the_points_outside_stay() -> None:
    left = erase(
        [strokes_of([(20, 60), (60, 60), (100, 60), (100, 100), (100, 140)])], strokes_of([(95, 60)], brush=30)
    )
    first, second = lines_of(left)
    assert first == [[20, 60], [60, 60], [80, 60]]
    # By hand: (100, y) is 15 px from (95, 60) where (y - 60)^2 = 15^2 - 5^2.
    assert np.array(second) == pytest.approx(np.array([[100, 60 + 200**0.5], [100, 100], [100, 140]]))


def test_a_line_along_the_eraser_goes_altogether_and_with_it_its_stroke() -> None:
    strokes = [strokes_of([(50, 50), (100, 50)]), strokes_of([(50, 150), (100, 150)])]
    assert erase(strokes, strokes_of([(40, 52), (110, 48)])) == (strokes[1],)


def test_a_dot_is_erased_if_its_middle_is_within_the_eraser() -> None:
    dots = [strokes_of([(100, 100)]), strokes_of([(100, 111)]), strokes_of([(109, 100), (109, 100)])]
    assert erase(dots, strokes_of([(100, 101)], brush=19.9)) == (dots[1],)


def test_what_the_eraser_does_not_reach_is_the_same_object() -> None:
    strokes = [strokes_of([(20, 60), (200, 60)]), strokes_of([(20, 71), (200, 71)])]
    left = erase(strokes, strokes_of([(20, 81), (200, 81)], brush=20))  # touches the second one from outside only
    assert left[0] is strokes[0] and left[1] is strokes[1]


def test_crumbs_are_swept_up() -> None:
    # What is left beyond the eraser is 3 px long and would come back as a dot of 20 px.
    left = erase([strokes_of([(20, 60), (113, 60)], brush=20)], strokes_of([(100, 20), (100, 90)]))
    assert lines_of(left) == [[[20, 60], [90, 60]]]
    left = erase([strokes_of([(20, 60), (113, 60)], brush=8)], strokes_of([(100, 20), (100, 90)]))
    assert lines_of(left) == [[[20, 60], [90, 60]], [[110, 60], [113, 60]]]


def test_an_eraser_without_a_path_erases_nothing() -> None:
    strokes = (strokes_of([(20, 60), (200, 60)]), strokes_of())
    assert erase(strokes, strokes_of()) == strokes[:1]


points = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(
    st.lists(st.lists(points, min_size=1, max_size=8), min_size=1, max_size=3),
    st.lists(points, min_size=1, max_size=6),
    st.sampled_from([3.0, 11.0, 25.0]),
    st.sampled_from([1.0, 8.0]),
)
def test_nothing_is_left_within_the_eraser_and_nothing_is_lost_outside(
    lines: list[Line], path: Line, width: float, brush: float
) -> None:
    stroke, eraser = strokes_of(*lines, brush=brush), strokes_of(path, brush=width)
    (trace,) = eraser.lines
    left = [line for each in erase([stroke], eraser) for line in each.lines]
    for line in left:
        assert distances(samples(line), trace).min() >= width / 2 - 1e-6
        assert min(distances(samples(line), original).max() for original in stroke.lines) < 1e-6
    for original in stroke.lines:
        spots = samples(original)
        # NOTE: a piece shorter than a quarter of the brush may be missing, so a spot further away from the cut counts.
        outside = spots[distances(spots, trace) > width / 2 + CRUMB * brush + 1e-6]
        if len(outside):
            assert left and np.min([distances(outside, line) for line in left], axis=0).max() < 1e-6


@given(st.lists(points, min_size=2, max_size=8), st.lists(points, min_size=1, max_size=6))
def test_the_direction_and_a_second_time_make_no_difference(line: Line, path: Line) -> None:
    eraser, back = strokes_of(path, brush=11), strokes_of(path[::-1], brush=11)
    once = erase([strokes_of(line, brush=1)], eraser)
    again = erase(once, back)
    assert [len(stroke.lines) for stroke in again] == [len(stroke.lines) for stroke in once]
    for stroke, same in zip(once, again, strict=True):
        for kept, other in zip(stroke.lines, same.lines, strict=True):
            assert other == pytest.approx(kept, abs=1e-6)


def zigzag(count: int, low: float, high: float) -> Line:
    return [(280 * place / count, low if place % 2 else high) for place in range(count)]


@pytest.mark.parametrize("brush", [1.0, 20.0])
@pytest.mark.parametrize("count", [MAX_POINTS // 2, 3_000])
def test_much_rubbing_over_much_ink_takes_little_time_or_is_refused(count: int, brush: float) -> None:
    ink = [Strokes((np.array(zigzag(count, 0, 60)),), 1)]
    rubber = Strokes((np.array(zigzag(count, 60, 0))[:, ::-1],), brush)
    started = time.process_time()
    try:
        left = erase(ink, rubber)
        assert sum(len(line) for stroke in left for line in stroke.lines) <= MAX_POINTS
    except ValueError as error:
        assert "at most" in str(error)
    assert time.process_time() - started < 5
