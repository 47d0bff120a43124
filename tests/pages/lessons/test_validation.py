"""Luck with validation sets: the page's accuracy is that of the shipped model on the images at hand."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import validation
from mnist_core.analysis.sampled_accuracy import draw_sets
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def lines(page: AppTest) -> list[float]:
    return [line["xAxis"] for line in charts(page)[0]["series"][1]["markLine"]["data"]]


def test_the_histogram_is_around_the_models_accuracy_and_narrower_for_larger_sets(miniature: Miniature) -> None:
    with torch.no_grad():
        answers = load_trained(model_folder(validation.MODEL)).model(normalise(miniature.test.images)).argmax(dim=1)
    expected = 100 * float((answers == miniature.test.labels).double().mean())
    page, widths = show("validation"), []
    for size in (50, 500, 5_000):
        run(page.select_slider(validation.SIZE).set_value(size))
        points = charts(page)[0]["series"][0]["data"][:-1]
        shares = [share for _, share in points]
        assert sum(shares) == pytest.approx(100)
        assert sum(low * share for low, share in points) / 100 == pytest.approx(expected, abs=1.1)  # low is a bar's end
        widths.append(points[-1][0] - points[0][0])
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_the_two_sets_are_others_after_a_click_and_the_words_say_them(miniature: Miniature) -> None:
    page = show("validation")
    before = lines(page)
    first, second = (before * 2)[:2]
    assert f"Set A says {first:.1f}%, set B says {second:.1f}%" in words(page)
    run(page.button("course_validation_draw").click())
    assert lines(page) != before


def test_the_words_say_how_far_apart_two_sets_are() -> None:
    assert "Set A says 95.0%, set B says 89.0%: **6.0 points apart**" in validation.about_two(0.95, 0.89)
    assert "the same, by luck" in validation.about_two(0.9, 0.9)


def test_lines_that_meet_have_one_label() -> None:
    assert [line["label"]["formatter"] for line in validation.two_lines(0.9, 0.9)] == ["A, B"]
    assert [line["label"]["align"] for line in validation.two_lines(0.92, 0.9)] == ["left", "right"]


@pytest.mark.parametrize("right", [922, 798, 100])
def test_the_axis_ends_at_whole_numbers(right: int) -> None:
    axis = validation.sets_chart(draw_sets(torch.arange(1_000) < right, 50), 0.5, 0.5)["xAxis"]
    assert isinstance(axis["min"], int) and isinstance(axis["max"], int)
    assert axis["min"] < right / 10 < axis["max"]
