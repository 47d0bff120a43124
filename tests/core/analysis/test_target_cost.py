"""The cost of answers: PyTorch's own squared error, and examples worked out by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from mnist_core.analysis.target_cost import cheapest, label_shares, number_costs, one_hot_costs

DIGITS = st.integers(0, 9)


@given(DIGITS, DIGITS, st.integers(0, 20))
def test_costs_are_pytorchs_squared_error_over_drawn_labels(digit: int, other: int, others: int) -> None:
    labels = torch.tensor([other] * others + [digit] * (20 - others))
    shares = label_shares(digit, other, others / 20)
    for answer in range(10):
        given = torch.full((20,), answer)
        as_numbers = functional.mse_loss(given.double(), labels.double())
        one_hot = functional.mse_loss(
            functional.one_hot(given, 10).double(), functional.one_hot(labels, 10).double(), reduction="sum"
        )
        assert number_costs(shares)[answer] == pytest.approx(float(as_numbers))
        assert one_hot_costs(shares)[answer] == pytest.approx(float(one_hot) / 20)


def test_a_sure_label_by_hand() -> None:
    shares = label_shares(3, 9, 0)
    assert number_costs(shares) == [9, 4, 1, 0, 1, 4, 9, 16, 25, 36]
    assert one_hot_costs(shares) == [2, 2, 2, 0, 2, 2, 2, 2, 2, 2]
    assert cheapest(number_costs(shares)) == cheapest(one_hot_costs(shares)) == [3]


def test_between_3_and_9_the_number_6_costs_least_and_one_hot_never_answers_it() -> None:
    shares = label_shares(3, 9, 0.5)
    assert cheapest(number_costs(shares)) == [6] and number_costs(shares)[6] == 9
    assert cheapest(one_hot_costs(shares)) == [3, 9] and one_hot_costs(shares)[6] == 2


@given(DIGITS, DIGITS, st.floats(0, 1))
def test_one_hot_targets_make_the_likeliest_label_the_cheapest(digit: int, other: int, share: float) -> None:
    shares = label_shares(digit, other, share)
    assert int(shares.argmax()) in cheapest(one_hot_costs(shares))
    assert float(shares.sum()) == pytest.approx(1)


@pytest.mark.parametrize(("digit", "other", "share"), [(10, 0, 0.5), (0, -1, 0.5), (0, 1, 1.5)])
def test_what_is_no_digit_or_no_share_is_refused(digit: int, other: int, share: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        label_shares(digit, other, share)
