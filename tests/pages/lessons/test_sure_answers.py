"""Answer only when sure: the numbers on the page are those of the shipped model on the images at hand."""

import pytest
import torch

from app_pages.lessons.controls import sure_answers
from mnist_core.analysis.sure_answers import SureAnswers
from mnist_core.ink.normalisation import normalise
from mnist_core.recognition.predictor import load_predictor
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def confident(miniature: Miniature) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how sure the model is of each test image, and its answer."""
    probabilities = load_predictor(sure_answers.MODEL).probabilities(normalise(miniature.test.images))
    return probabilities.max(dim=1)


def test_accuracy_and_share_are_those_of_the_answers_that_are_sure_enough(miniature: Miniature) -> None:
    confidence, answers = confident(miniature)
    page = show("test-metrics")
    run(page.slider(sure_answers.THRESHOLD).set_value(50))
    is_sure = confidence >= 0.5
    right = (answers == miniature.test.labels)[is_sure].float().mean()
    accuracy, answered = ({round(x): y for x, y in line["data"]} for line in charts(page)[0]["series"])
    assert accuracy[50] == pytest.approx(100 * float(right), abs=0.01)
    assert answered[50] == pytest.approx(100 * float(is_sure.float().mean()), abs=0.01)
    assert f"answers {int(is_sure.sum())} of {len(is_sure)} images, and **{float(right):.1%} ±" in words(page)


def test_a_digit_has_recall_and_precision(miniature: Miniature) -> None:
    _, answers = confident(miniature)
    digit = int(answers.mode().values)
    page = show("test-metrics")
    run(page.pills(sure_answers.DIGIT).set_value(str(digit)))
    hits = float(((answers == digit) & (miniature.test.labels == digit)).sum())
    precision, recall = charts(page)[0]["series"]
    assert (precision["name"], recall["name"]) == (f"precision of {digit}", f"recall of {digit}")
    assert precision["data"][0][1] == pytest.approx(100 * hits / float((answers == digit).sum()), abs=0.01)
    assert recall["data"][0][1] == pytest.approx(100 * hits / float((miniature.test.labels == digit).sum()), abs=0.01)


def test_the_words_say_how_many_mistakes_are_left() -> None:
    always, sure = SureAnswers(0.1, 1_000, 1_000, 920), SureAnswers(0.9, 1_000, 700, 690)
    assert "1,000 of 1,000 images, and **92.0% ± 1.7%**" in sure_answers.finding(always, always, None)
    assert sure_answers.finding(always, always, None).endswith("are right: 80 mistakes.")
    assert "700 of 1,000 images" in sure_answers.finding(sure, always, None)
    assert sure_answers.finding(sure, always, None).endswith("10 mistakes instead of 80.")
    text = sure_answers.finding(SureAnswers(0.5, 100, 90, 81), always, 3)
    assert "Recall 81.0%:** it finds 81 of the 100 images of 3" in text
    assert "Precision 90.0%:** of its 90 answers 3, 9 are wrong" in text
    assert "answers nothing" in sure_answers.finding(SureAnswers(0.99, 100, 0, 0), always, None)
