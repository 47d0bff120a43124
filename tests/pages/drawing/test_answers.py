"""What the answer panel says of one digit."""

import numpy as np
import pytest

from app_pages.drawing.answers import CAPTION, THICK, input_view, model_view
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.recognition.predictor import NumberPrediction, Prediction, load_predictor


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


SEVEN = (np.array([[80.0, 70], [190, 70], [120, 220]]),)


@pytest.mark.parametrize(
    ("model", "brush", "views", "caption"),
    [
        ("mlp", 8, 0, CAPTION),
        ("cnn", 8, 3, f"{CAPTION} The model looks three times, slightly rotated each time."),
        ("mlp", 34, 2, f"{CAPTION} {THICK}"),
        ("cnn", 34, 6, f"{CAPTION} {THICK} It looks at both three times, slightly rotated each time."),
    ],
)
def test_everything_that_a_model_reads_of_a_picture_is_shown_and_named(
    model: str, brush: int, views: int, caption: str
) -> None:
    predictor = load_predictor(model)
    view = input_view(predictor.predict(rasterise(Strokes(SEVEN, brush))), predictor)
    assert view is not None and view.caption == caption
    assert len(view.views) == views == len(set(view.views))
