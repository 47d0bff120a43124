"""A row of digits is cut between the digits, and what belongs to one of them stays with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.ink.segmentation import MAX_DIGITS, split_digits

WIDTH = 400


def paper(width: int = WIDTH, height: int = 160) -> np.ndarray:
    return np.zeros((height, width), dtype=np.float32)


def put(ink: np.ndarray, left: int, top: int, width: int, height: int, level: float = 1.0) -> np.ndarray:
    """Put a bar of ink on the paper, in place."""
    ink[top : top + height, left : left + width] = level
    return ink


def columns(digit: np.ndarray) -> tuple[int, int]:
    digits_in_ink = np.flatnonzero((digit > 0).any(axis=0))
    return int(digits_in_ink[0]), int(digits_in_ink[-1]) + 1


@pytest.mark.parametrize("level", [0.0, 0.49])
def test_blank_paper_holds_no_digit(level: float) -> None:
    assert split_digits(np.full((60, 90), level, dtype=np.float32)) == []


def test_a_single_digit_comes_back_as_it_was() -> None:
    ink = put(put(paper(), 100, 20, 14, 100), 100, 20, 60, 14)
    (digit,) = split_digits(ink)
    assert np.array_equal(digit, ink) and digit.dtype == np.float32


def test_two_strokes_far_apart_are_two_digits_from_left_to_right() -> None:
    ink = put(put(paper(), 300, 10, 14, 100), 50, 30, 14, 110)  # the right one begins higher up
    left, right = split_digits(ink)
    assert (columns(left), columns(right)) == ((50, 64), (300, 314))
    assert left.shape == right.shape == ink.shape
    assert np.array_equal(left + right, ink)


@pytest.mark.parametrize("bar", [(100, 60), (90, 80), (145, 25)])
def test_a_detached_bar_above_a_digit_stays_with_it(bar: tuple[int, int]) -> None:
    five = put(put(paper(), 100, 50, 60, 90), bar[0], 20, bar[1], 12)
    (digit,) = split_digits(five)
    assert np.array_equal(digit, five)


def test_a_bar_over_one_of_two_digits_goes_with_that_one() -> None:
    ink = put(put(put(paper(), 40, 50, 60, 90), 45, 20, 70, 12), 200, 20, 14, 120)
    five, one = split_digits(ink)
    assert columns(five) == (40, 115) and columns(one) == (200, 214)


@pytest.mark.parametrize(("shift", "digits"), [(0, 1), (-40, 1), (40, 1), (-45, 2), (45, 2)])  # 0.3 of 60 px is 18
def test_two_tall_parts_are_one_digit_if_they_overlap_horizontally(shift: int, digits: int) -> None:
    ink = put(put(paper(), 100, 10, 60, 60), 100 + shift, 80, 60, 60)
    assert len(split_digits(ink)) == digits


def test_strokes_that_only_meet_at_a_corner_are_one_digit() -> None:
    ink = put(put(paper(), 100, 20, 40, 40), 140, 60, 40, 60)
    assert len(split_digits(ink)) == 1


def test_a_speck_joins_the_digit_on_its_left() -> None:
    ink = put(put(put(paper(), 40, 20, 14, 120), 80, 80, 8, 8), 200, 20, 14, 120)
    left, right = split_digits(ink)
    assert columns(left) == (40, 88) and columns(right) == (200, 214)


def test_specks_before_the_first_digit_join_it() -> None:
    ink = put(put(put(paper(), 10, 80, 8, 8), 30, 80, 8, 8), 100, 20, 14, 120)
    (digit,) = split_digits(ink)
    assert np.array_equal(digit, ink)


def test_the_grey_rim_of_the_ink_goes_with_its_digit() -> None:
    ink = put(put(paper(), 46, 16, 28, 128, 0.3), 50, 20, 20, 120)
    put(put(ink, 246, 16, 28, 128, 0.3), 250, 20, 20, 120)
    left, right = split_digits(ink)
    assert (columns(left), columns(right)) == ((46, 74), (246, 274))
    assert np.array_equal(left + right, ink)


@pytest.mark.parametrize(("count", "pictures"), [(MAX_DIGITS, MAX_DIGITS), (MAX_DIGITS + 1, 1)])
def test_too_many_groups_are_returned_as_one_picture(count: int, pictures: int) -> None:
    ink = paper(width=20 * count)
    for place in range(count):
        put(ink, 20 * place + 5, 20, 6, 100)
    digits_in_ink = split_digits(ink)
    assert len(digits_in_ink) == pictures
    assert np.array_equal(np.sum(digits_in_ink, axis=0), ink)


@given(st.lists(st.tuples(st.integers(12, 40), st.integers(90, 140), st.integers(12, 30)), min_size=1, max_size=6))
def test_digits_apart_are_found_in_order_and_no_ink_is_lost_or_doubled(digits: list[tuple[int, int, int]]) -> None:
    ink, at, places = paper(), 5, []
    for width, height, gap in digits:
        put(ink, at, 150 - height, width, height)
        places.append((at, at + width))
        at += width + gap
    digits_in_ink = split_digits(ink)
    assert [columns(digit) for digit in digits_in_ink] == places
    assert np.array_equal(np.sum(digits_in_ink, axis=0), ink)


@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.integers(1, 50), st.floats(0.01, 0.6))
def test_any_ink_is_divided_without_loss(seed: int, width: int, height: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    ink = np.where(rng.random((height, width)) < share, rng.random((height, width)), 0).astype(np.float32)
    digits_in_ink = split_digits(ink)
    assert len(digits_in_ink) <= MAX_DIGITS
    assert all(digit.shape == ink.shape and (digit >= 0.5).any() for digit in digits_in_ink)
    if (ink >= 0.5).any():
        assert np.array_equal(np.sum(digits_in_ink, axis=0), ink)
        assert (np.count_nonzero(digits_in_ink, axis=0) <= 1).all()
    else:
        assert digits_in_ink == []
