"""What the answer panel says of one digit."""

import pytest

from app_pages.drawing.answers import model_view
from mnist_core.recognition.predictor import NumberPrediction, Prediction


def said(second: int, close: float, *, is_digit: bool = True) -> str:
    probabilities = [0.0] * 10
    probabilities[1], probabilities[second] = 1 - close, close
    prediction = Prediction(1, 1 - close, tuple(probabilities), is_digit, None)
    return model_view("CNN", NumberPrediction((prediction,)), "Draw").comment


@pytest.mark.parametrize(
    ("second", "close", "words"),
    [(7, 0.375, "62.5% sure, or a 7"), (8, 0.25, "75.0% sure, or an 8"), (7, 0.05, "95.0% sure")],
)
def test_a_second_digit_is_said_where_it_is_close(second: int, close: float, words: str) -> None:
    assert said(second, close) == words


def test_in_doubt_about_a_digit_no_second_one_is_guessed() -> None:
    assert said(7, 0.375, is_digit=False) == "Probably not a digit"
