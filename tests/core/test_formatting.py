"""Fractions are written as percentages that never claim certainty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.formatting import percentage, signed, with_article


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.0, "0.0%"), (0.0004, "<0.1%"), (0.973, "97.3%"), (0.9989, "99.9%"), (0.9995, ">99.9%"), (1.0, ">99.9%")],
)
def test_a_fraction_is_written_with_one_decimal_place_and_never_as_certainty(fraction: float, text: str) -> None:
    assert percentage(fraction) == text


@given(st.floats(0, 1))
def test_what_is_written_is_near_the_fraction(fraction: float) -> None:
    number = float(percentage(fraction).strip("<>%")) / 100
    assert abs(number - fraction) <= 0.0011


def test_a_number_has_a_proper_minus_sign_unless_it_is_rounded_to_zero() -> None:
    assert [signed(number, decimals) for number, decimals in ((-1.256, 2), (1.5, 0), (-0.001, 2), (-0.001, 3))] == [
        "\N{MINUS SIGN}1.26",
        "2",
        "0.00",
        "\N{MINUS SIGN}0.001",
    ]


def test_a_digit_has_the_article_of_its_name() -> None:
    assert [with_article(digit) for digit in (1, 7, 8)] == ["a 1", "a 7", "an 8"]
