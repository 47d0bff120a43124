import numpy as np
import pytest

from mnist_core.synthetic.letterforms import load_letterforms
from mnist_core.synthetic.pen import PIECES, write_digits

DIGITS = range(10)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_is_about_one_high_and_made_of_short_pieces_in_a_few_strokes(digit: int) -> None:
    pieces = write_digits(digit, 200, np.random.default_rng(digit))
    assert pieces.shape == (200, PIECES, 2, 2) and np.isfinite(pieces).all()
    points = pieces.reshape(200, -1, 2)
    assert 0.6 < np.median(np.ptp(points[..., 1], axis=1)) < 1.2
    # The pen was lifted wherever a piece does not start at the end of the previous one.
    lifted = (pieces[:, 1:, 0] != pieces[:, :-1, 1]).any(axis=2).sum(axis=1)
    assert set(lifted.tolist()) <= {
        variant.count("/") for form in load_letterforms()[digit] for variant in form.variants
    }
    length = np.hypot(*np.moveaxis(pieces[:, :, 1] - pieces[:, :, 0], 2, 0))
    assert length.max() < 0.2 * np.ptp(points, axis=1).max(axis=1).mean()


def test_the_same_seed_writes_the_same_digits_and_no_two_are_equal() -> None:
    first, again = (write_digits(5, 50, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(np.unique(first.reshape(50, -1), axis=0)) == 50


def test_a_7_has_a_sharper_corner_than_a_0() -> None:
    sharpest = {}
    for digit in (0, 7):
        along = np.diff(write_digits(digit, 300, np.random.default_rng(2)), axis=2)[:, :, 0]
        heading = np.arctan2(along[..., 1], along[..., 0])
        turns = np.abs((np.diff(heading, axis=1) + np.pi) % (2 * np.pi) - np.pi)
        sharpest[digit] = np.median(turns.max(axis=1))
    assert sharpest[7] > 1.3 * sharpest[0]


def test_most_1s_lean_to_the_right_and_some_to_the_left() -> None:
    pieces = write_digits(1, 500, np.random.default_rng(3)).reshape(500, -1, 2)
    index = np.arange(500)
    top, foot = (pieces[index, choose(pieces[..., 1], axis=1)] for choose in (np.argmin, np.argmax))
    lean = (top - foot)[:, 0] / (foot - top)[:, 1]
    assert lean.mean() > 0.15 and lean.std() > 0.15 and (lean < 0).any()
