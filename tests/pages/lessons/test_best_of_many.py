"""Luck with a test set: the curves are the expected values, and the words say what the dot shows."""

import pytest

from app_pages.lessons.controls import best_of_many
from mnist_core.course.catalog import NUMBERS, STEPS
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def test_one_model_has_no_luck() -> None:
    page = show("test-set-purpose")
    (chart,) = charts(page)
    assert [line["name"] for line in chart["series"][:-1]] == [
        "100 images",
        "1,000 images",
        "10,000 images",
        "true accuracy",
    ]
    assert all(line["data"][0] == [1, pytest.approx(10)] for line in chart["series"])
    assert "no luck" in words(page)


def test_a_thousand_guesses_look_as_in_the_step_of_the_course() -> None:
    page = show("test-set-purpose")
    run(page.select_slider(best_of_many.TRIED).set_value(1_000))
    ((x, y),) = charts(page)[0]["series"][-1]["data"]
    assert x == 1_000 and y == pytest.approx(20, abs=1)
    assert f"looks like **{y:.1f}%** on the 100 images" in words(page) and "right for 10.0%" in words(page)
    assert "About 20%, twice as good as guessing" in STEPS[NUMBERS["test-set-purpose"] - 1].question.explanation


def test_a_hundred_tries_on_a_thousand_images_gain_two_points() -> None:
    page = show("test-set-purpose")
    run(page.select_slider(best_of_many.TRIED).set_value(100))
    run(page.segmented_control(best_of_many.IMAGES).set_value(1_000))
    run(page.segmented_control(best_of_many.ACCURACY).set_value(0.92))
    ((_, y),) = charts(page)[0]["series"][-1]["data"]
    # The largest of 100 values of a normal distribution is 2.51 standard deviations above the mean.
    assert y == pytest.approx(100 * (0.92 + 2.51 * (0.92 * 0.08 / 1_000) ** 0.5), abs=0.1)
    assert f"**{y - 92:.1f} points** of luck" in words(page)


def test_the_table_has_a_row_per_number_of_models() -> None:
    table = best_of_many.best_table({100: [0.123456] * len(best_of_many.MODELS)})
    assert table["Models tried"].tolist() == list(best_of_many.MODELS) and table["100 images (%)"][0] == 12.35
