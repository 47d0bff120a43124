"""What accuracy hides: the numbers on the page are those of the shipped model on the images at hand."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import accuracy
from mnist_core.analysis.silent_digit import Report
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show
from tests.pages.opening import run


def right_by_digit(miniature: Miniature, silent: int | None) -> list[float]:
    """Return the accuracy of each digit in percent, worked out from the model's logits."""
    with torch.no_grad():
        logits = load_trained(model_folder(accuracy.MODEL)).model(normalise(miniature.test.images))
    if silent is not None:
        logits[:, silent] = -torch.inf
    right = logits.argmax(dim=1) == miniature.test.labels
    return [round(100 * float(right[miniature.test.labels == digit].float().mean()), 1) for digit in range(10)]


def bars(page: AppTest) -> list[float]:
    return [bar["value"] for bar in charts(page)[0]["series"][0]["data"]]


@pytest.mark.parametrize("silent", [None, 8, 1])
def test_the_bars_are_the_models_accuracies_without_that_digit(silent: int | None, miniature: Miniature) -> None:
    page = show("accuracy")
    run(page.select_slider(accuracy.DIGIT).set_value(accuracy.NONE if silent is None else str(silent)))
    assert bars(page) == right_by_digit(miniature, silent)
    if silent is not None:
        assert bars(page)[silent] == 0


def test_a_rarer_digit_leaves_fewer_of_its_images(miniature: Miniature) -> None:
    page = show("accuracy")
    eights = int((miniature.test.labels == 8).sum())
    assert f"None of the {eights} images of digit 8" in page.caption[-1].value
    run(page.select_slider(accuracy.SHARE).set_value(10))
    assert f"None of the {max(1, round(eights / 10))} images of digit 8" in page.caption[-1].value


def test_the_words_name_the_worst_digit_where_none_is_silent() -> None:
    report = Report(0.97, (0.99, 0.9, *[0.98] * 8), (10,) * 10)
    assert "worst digit is 1, with 90.0%" in accuracy.finding(report, None)
