"""Strokes are divided into digits by their places and their scores; every line ends up in exactly one digit."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink.stroke_groups import MAX_POINTS, MAX_TOKENS, Grouping, group_all, group_strokes, has_gap
from mnist_core.ink.strokes import Strokes

Line = list[tuple[float, float]]


def strokes_of(*lines: Line, brush: float = 20) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush)


def columns(strokes: Strokes) -> tuple[float, float]:
    left, _, right, _ = strokes.bounds()
    return left, right


def like(*digits: tuple[float, float]) -> Callable[[Sequence[Strokes]], list[float]]:
    """Score drawings 0.99 if they take one of the given ranges of columns, and 0.01 otherwise."""
    return lambda drawings: [0.99 if columns(each) in digits else 0.01 for each in drawings]


def grouped(strokes: Strokes, *digits: tuple[float, float]) -> Grouping:
    """Divide strokes when just the given ranges of columns look like digits."""
    score = like(*digits)
    return group_strokes(strokes, score, score([strokes])[0])


LOOP: Line = [(60, 50), (120, 50), (120, 150), (60, 150), (60, 50)]


def stick_at(x: float) -> Line:
    return [(x, 50), (x, 150)]


def test_a_blank_drawing_has_no_digits() -> None:
    for blank in (Strokes(()), Strokes((np.empty((0, 2)),))):
        assert group_strokes(blank, like(), 0.0) == Grouping(())


def test_two_digits_apart_are_divided_from_left_to_right_whatever_was_drawn_first() -> None:
    both = strokes_of([(160, 50), (220, 150)], LOOP)
    grouping = grouped(both, (60, 120), (160, 220))
    assert [columns(digit) for digit in grouping.digits] == [(60, 120), (160, 220)]
    assert (grouping.touching, grouping.cuts) == (0, 0)
    assert {(digit.brush, digit.size) for digit in grouping.digits} == {(20, 280)}


def test_drawings_are_divided_together_as_each_alone_with_few_scorings() -> None:
    two = strokes_of(LOOP, [(160, 50), (220, 150)])
    three = strokes_of(LOOP, [(160, 50), (220, 150)], [(300, 50), (300, 150)])
    drawings, scored = [two, Strokes(()), strokes_of(LOOP), three, two], list[int]()
    score = like((60, 120), (160, 220), (300, 300))

    def counted(parts: Sequence[Strokes]) -> list[float]:
        scored.append(len(parts))
        return score(parts)

    wholes = [0.0 if each.is_blank else score([each])[0] for each in drawings]
    groupings = group_all(drawings, counted, wholes)
    assert [len(grouping.digits) for grouping in groupings] == [2, 0, 1, 3, 2]
    for grouping, drawing, whole in zip(groupings, drawings, wholes, strict=True):
        alone = group_strokes(drawing, score, whole)
        assert (grouping.touching, grouping.cuts) == (alone.touching, alone.cuts)
        assert list(map(columns, grouping.digits)) == list(map(columns, alone.digits))
    assert scored[0] == 2 + 3 + 2 and len(scored) <= 4  # the lines of all, then the runs of lines of all


def test_a_sure_digit_without_a_gap_is_not_divided_and_nothing_else_is_scored() -> None:
    def score(drawings: Sequence[Strokes]) -> list[float]:
        raise AssertionError("scored")

    slashed = strokes_of(LOOP, [(130, 40), (50, 160)])
    assert not has_gap(slashed)
    assert group_strokes(slashed, score, 0.95) == Grouping((slashed,))


def test_two_ones_that_look_like_another_digit_together_are_two_because_of_the_gap() -> None:
    eleven = strokes_of(stick_at(100), stick_at(160))
    assert has_gap(eleven)
    grouping = grouped(eleven, (100, 100), (160, 160), (100, 160))
    assert len(grouping.digits) == 2


def test_a_bar_that_was_added_last_belongs_to_the_digit_below_it() -> None:
    body, other, bar = [(60.0, 60.0), (60, 90), (100, 120), (60, 150)], stick_at(180), [(60.0, 50.0), (112, 50)]
    grouping = grouped(strokes_of(body, other, bar), (60, 112), (180, 180))
    assert [len(digit.lines) for digit in grouping.digits] == [2, 1]
    assert [line[0].tolist() for line in grouping.digits[0].lines] == [[60, 60], [60, 50]]


def test_a_bar_apart_stays_with_its_digit_because_it_is_no_digit() -> None:
    five = strokes_of([(60, 60), (60, 90), (100, 120), (60, 150)], [(112, 50), (140, 50)])
    assert has_gap(five)
    assert grouped(five, (60, 100)) == Grouping((five,))


def test_a_slashed_zero_that_looks_like_nothing_is_not_a_zero_and_a_one() -> None:
    slashed = strokes_of(LOOP, [(125, 40), (55, 160)])
    assert grouped(slashed, (60, 120), (55, 125 + 1)) == Grouping((slashed,))


def test_digits_whose_ink_touches_are_divided_and_counted() -> None:
    grouping = grouped(strokes_of(LOOP, stick_at(132)), (60, 120), (132, 132))
    assert len(grouping.digits) == 2 and (grouping.touching, grouping.cuts) == (1, 0)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_line_that_writes_two_digits_is_cut_between_them(is_reversed: bool) -> None:
    zeros: Line = [(60, 60), (60, 150), (110, 150), (110, 50), (60, 50), (60, 45)]
    other: Line = [(x + 100, y) for x, y in zeros]
    line = [*zeros, (60, 40), (110, 40), *other]
    both = strokes_of(line[::-1] if is_reversed else line)

    def score(drawings: Sequence[Strokes]) -> list[float]:
        return [0.99 if each.bounds()[2] - each.bounds()[0] < 80 else 0.01 for each in drawings]

    grouping = group_strokes(both, score, 0.01)
    assert len(grouping.digits) == 2 and grouping.cuts == 1
    assert columns(grouping.digits[0])[1] == pytest.approx(columns(grouping.digits[1])[0])
    assert 110 < columns(grouping.digits[0])[1] < 160


def test_a_line_is_not_cut_when_its_pieces_are_no_digits() -> None:
    wave = strokes_of([(float(x), 100 + 40 * np.sin(x / 20)) for x in range(20, 260, 4)])
    assert grouped(wave) == Grouping((wave,))


@pytest.mark.parametrize(("score", "count"), [(0.7, 1), (0.85, 2)])
def test_a_narrow_drawing_without_a_clear_gap_is_divided_only_into_sure_digits(score: float, count: int) -> None:
    narrow, apart = strokes_of(LOOP, stick_at(132)), strokes_of(LOOP, stick_at(142))

    def score_of(drawings: Sequence[Strokes]) -> list[float]:
        return [score if len(each.lines) == 1 else 0.01 for each in drawings]

    assert len(group_strokes(narrow, score_of, 0.01).digits) == count
    assert len(group_strokes(apart, score_of, 0.01).digits) == 2


def test_a_line_that_is_no_wider_than_a_digit_is_not_cut() -> None:
    # Two zeros in one line, 105 px high and 110 px wide, and the same 1.6 times as wide.
    zeros: Line = [(60, 60), (60, 150), (100, 150), (100, 50), (60, 50), (60, 45), (120, 45)]
    line = [*zeros, *((x + 70, y) for x, y in zeros[:-1])]
    counts = []
    for stretch in (1.0, 1.6):
        both = strokes_of([(x * stretch, y) for x, y in line])
        half = 50 * stretch

        def score(drawings: Sequence[Strokes], half: float = half) -> list[float]:
            return [0.99 if each.bounds()[2] - each.bounds()[0] <= half + 20 else 0.01 for each in drawings]

        counts.append(len(group_strokes(both, score, 0.01).digits))
    assert counts == [1, 2]


def test_a_crowd_of_lines_or_points_is_not_divided() -> None:
    crowd = strokes_of(*(stick_at(10 * place) for place in range(MAX_TOKENS + 1)))
    assert group_strokes(crowd, lambda drawings: [0.99] * len(drawings), 0.01) == Grouping((crowd,))
    long = strokes_of(*([(float(x), 50.0 + place % 100) for place in range(MAX_POINTS // 2 + 1)] for x in (50, 200)))
    assert group_strokes(long, lambda drawings: [0.99] * len(drawings), 0.01) == Grouping((long,))


points = st.tuples(st.integers(0, 280), st.integers(0, 280))


@given(st.lists(st.lists(points, min_size=1, max_size=8), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_any_strokes_and_scores_are_divided_without_loss(lines: list[Line], seed: int) -> None:
    generator = np.random.default_rng(seed)

    def score(drawings: Sequence[Strokes]) -> list[float]:
        return generator.random(len(drawings)).tolist()

    strokes = strokes_of(*lines)
    grouping = group_strokes(strokes, score, float(generator.random()))
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in strokes.lines)
    kept = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for digit in grouping.digits for line in digit.lines)
    assert kept == pytest.approx(length)
    assert 1 <= len(grouping.digits) <= len(lines) + grouping.cuts
    assert 0 <= grouping.touching < len(grouping.digits) and 0 <= grouping.cuts < len(grouping.digits)
