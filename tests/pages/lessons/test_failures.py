"""Where models fail: the answers and the curves are those of the shipped models for the changed picture."""

import re

import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import failures, subject
from mnist_core.analysis.robustness import KINDS, Break, Curve
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.models.networks import MODELS
from mnist_core.recognition.predictor import load_predictor
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show
from tests.pages.opening import html_of, run

NUMBER = 3


def opened(miniature: Miniature) -> AppTest:
    page = show("failures")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    return run(page.number_input(subject.NUMBER).set_value(NUMBER))


def shown_answers(page: AppTest) -> dict[str, int]:
    (piece,) = [each for each in html_of(page) if 'class="fail"' in each]
    return {model: int(digit) for model, digit in re.findall(r'data-model="(\w+)" class="\w*">(\d)<', piece)}


def answers_to(ink: torch.Tensor) -> dict[str, int]:
    """Return what each shipped model answers for ink (28, 28) in [0, 1]."""
    tensor = ((ink - MEAN) / STD)[None, None]
    return {name: int(load_predictor(name).probabilities(tensor)[0].argmax()) for name in MODELS}


def test_a_shift_by_whole_pixels_is_what_the_models_are_shown(miniature: Miniature) -> None:
    ink = miniature.test.images[NUMBER].float() / 255
    page = opened(miniature)
    assert shown_answers(page) == answers_to(ink)
    run(page.slider(failures.RIGHT).set_value(3.0))
    run(page.slider(failures.DOWN).set_value(-2.0))
    shifted = torch.zeros(28, 28)
    shifted[:-2, 3:] = ink[2:, :-3]
    assert shown_answers(page) == answers_to(shifted)


def test_exchanged_colours_are_what_the_models_are_shown(miniature: Miniature) -> None:
    page = opened(miniature)
    run(page.toggle(failures.INVERT).set_value(True))
    assert shown_answers(page) == answers_to(1 - miniature.test.images[NUMBER].float() / 255)


def test_the_curves_are_the_probability_of_the_label_over_the_shift(miniature: Miniature) -> None:
    page = opened(miniature)
    run(page.slider(failures.RIGHT).set_value(4.0))
    label = int(miniature.test.labels[NUMBER])
    (chart,) = charts(page)
    assert [line["name"] for line in chart["series"]] == ["Linear", "MLP", "CNN"]
    assert chart["series"][0]["markLine"]["data"][0]["xAxis"] == 4
    ink = miniature.test.images[NUMBER].float() / 255
    for line, name in zip(chart["series"], MODELS, strict=True):
        expected = load_predictor(name).probabilities(((ink - MEAN) / STD)[None, None])[0, label]
        assert abs(dict(map(tuple, line["data"]))[0.0] / 100 - float(expected)) < 1e-4


def test_an_unlabelled_drawing_is_held_to_the_best_models_answer() -> None:
    tensor = torch.randn(1, 28, 28, generator=torch.Generator().manual_seed(0))
    expected = int(load_predictor("cnn").probabilities(tensor[None])[0].argmax())
    assert failures.expected_answer(subject.Picture("your drawing", tensor)) == expected


def test_the_words_say_from_where_to_where_each_model_is_right() -> None:
    kind, flat = KINDS[1], torch.full((41, 10), 0.1)

    def curve(answer: int, below: Break | None, above: Break | None) -> Curve:
        return Curve(kind, kind.amounts, flat, answer, below, above)

    text = failures.finding(
        {
            "linear": curve(7, Break(-2.25, 1), Break(3.0, 9)),
            "mlp": curve(1, None, None),
            "cnn": curve(7, None, Break(6.5, 1)),
        },
        7,
    ).replace("−", "-")  # noqa: RUF001
    assert "Linear answers 7 from -2.2 px to 3.0 px." in text
    assert "MLP answers 1 even without a shift" in text
    assert "CNN answers 7 from -10 px to 6.5 px." in text
