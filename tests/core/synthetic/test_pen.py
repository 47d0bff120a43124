import numpy as np
import pytest

from mnist_core.synthetic.letterforms import load_letterforms
from mnist_core.synthetic.pen import PIECES, write_digits

DIGITS = range(10)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_is_a_few_strokes_of_short_pieces_about_one_high(digit: int) -> None:
    pieces = write_digits(digit, 200, np.random.default_rng(digit))
    assert pieces.shape == (200, PIECES, 2, 2) and np.isfinite(pieces).all()
    points = pieces.reshape(200, -1, 2)
    assert 0.6 < np.median(np.ptp(points[..., 1], axis=1)) < 1.2
    # Where a piece does not begin at the end of the last one, the pen was lifted.
    lifted = (pieces[:, 1:, 0] != pieces[:, :-1, 1]).any(axis=2).sum(axis=1)
    assert set(lifted.tolist()) <= {form.count("/") for way in load_letterforms()[digit] for form in way.variants}
    length = np.hypot(*np.moveaxis(pieces[:, :, 1] - pieces[:, :, 0], 2, 0))
    assert length.max() < 0.2 * np.ptp(points, axis=1).max(axis=1).mean()


def test_the_same_randomness_writes_the_same_and_no_digit_twice() -> None:
    first, again = (write_digits(5, 50, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(np.unique(first.reshape(50, -1), axis=0)) == 50


def test_a_corner_is_sharper_than_any_bend_of_a_curve() -> None:
    sharpest = {}
    for digit in (0, 7):
        along = np.diff(write_digits(digit, 300, np.random.default_rng(2)), axis=2)[:, :, 0]
        heading = np.arctan2(along[..., 1], along[..., 0])
        turns = np.abs((np.diff(heading, axis=1) + np.pi) % (2 * np.pi) - np.pi)
        sharpest[digit] = np.median(turns.max(axis=1))
    assert sharpest[7] > 1.3 * sharpest[0]


def test_hands_lean_to_the_right_and_differ() -> None:
    pieces = write_digits(1, 500, np.random.default_rng(3)).reshape(500, -1, 2)
    place = np.arange(500)
    top, foot = (pieces[place, choose(pieces[..., 1], axis=1)] for choose in (np.argmin, np.argmax))
    lean = (top - foot)[:, 0] / (foot - top)[:, 1]
    assert lean.mean() > 0.15 and lean.std() > 0.15 and (lean < 0).any()


@pytest.mark.parametrize("digit", DIGITS)
def test_the_forms_of_a_way_can_be_mixed(digit: int) -> None:
    for way in load_letterforms()[digit]:
        shapes = [[[knot[2:] for knot in stroke.split()] for stroke in form.split("/")] for form in way.variants]
        assert len(shapes) > 1 and all(shape == shapes[0] for shape in shapes), way.variants
        assert {mark for stroke in shapes[0] for mark in stroke} <= {"", "!"}
        assert way.share > 0
