"""The gradient on a slider: what it shows is what PyTorch computes for the images at hand."""

import re

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from app_pages.lessons.controls import gradient
from app_pages.lessons.controls.gradient import downhill, marked_mean
from mnist_core.formatting import MINUS
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def slope_in_pytorch(miniature: Miniature, digit: int, row: int, column: int, value: float) -> float:
    split = miniature.train.first(gradient.IMAGES)
    weight = torch.zeros(10, 784, dtype=torch.float64)
    weight[digit, 28 * row + column] = value
    weight.requires_grad_(True)
    functional.cross_entropy(split.images.flatten(1).double() / 255 @ weight.T, split.labels).backward()
    assert weight.grad is not None
    return float(weight.grad[digit, 28 * row + column])


def slopes(page: AppTest) -> list[float]:
    """Return the two slopes in the sentence: by hand, and by autograd."""
    (text,) = [each for each in words(page).split("\n") if each.startswith("**By hand")]
    return [float(each) for each in re.findall(r"\*\*(-?\d\.\d{4})\*\*", text.replace(MINUS, "-"))]


def test_the_slope_by_hand_is_that_of_autograd_wherever_the_slider_stands(miniature: Miniature) -> None:
    page = show("gradient")
    run(page.selectbox(gradient.DIGIT).set_value(6))
    run(page.number_input(gradient.ROW).set_value(18))
    run(page.number_input(gradient.COLUMN).set_value(9))
    run(page.slider(gradient.VALUE).set_value(2.5))
    by_hand, by_autograd = slopes(page)
    assert by_hand == by_autograd == pytest.approx(slope_in_pytorch(miniature, 6, 18, 9, 2.5), abs=6e-5)
    assert by_hand < -0.01  # only a 6 has much ink there


def test_one_step_downhill_moves_the_slider_and_the_point_down_the_curve(miniature: Miniature) -> None:
    page = show("gradient")
    before = charts(page)[0]["series"][-1]["data"][0]
    slope = slopes(page)[0]
    run(page.button("course_gradient_step").click())
    value = page.slider(gradient.VALUE).value
    assert value == pytest.approx(-gradient.DEFAULT_RATE * slope, abs=0.006) and value != 0
    after = charts(page)[0]["series"][-1]["data"][0]
    assert after[0] == value and after[1] < before[1]


def test_a_step_beyond_the_slider_ends_at_its_end_and_is_said(miniature: Miniature) -> None:
    page = show("gradient")
    run(page.select_slider(gradient.RATE).set_value(100.0))
    run(page.segmented_control(gradient.KIND).set_value(gradient.BIAS))
    run(page.slider(gradient.VALUE).set_value(gradient.LIMIT))
    assert "beyond the end" in words(page)
    run(page.button("course_gradient_step").click())
    assert page.slider(gradient.VALUE).value == -gradient.LIMIT


def test_the_tangent_touches_the_curve_with_the_slope_in_the_sentence(miniature: Miniature) -> None:
    page = show("gradient")
    run(page.slider(gradient.VALUE).set_value(1.0))
    loss, tangent, dot = charts(page)[0]["series"]
    (left, low), (right, high) = tangent["data"]
    assert (high - low) / (right - left) == pytest.approx(slopes(page)[0], abs=6e-5)
    at = dict(map(tuple, loss["data"]))
    (x, y) = dot["data"][0]
    assert at[min(at, key=lambda value: abs(value - x))] == pytest.approx(y, abs=1e-3)
    assert low + (x - left) / (right - left) * (high - low) == pytest.approx(y)


def test_the_bias_asks_for_no_pixel(miniature: Miniature) -> None:
    page = show("gradient")
    run(page.segmented_control(gradient.KIND).set_value(gradient.BIAS))
    assert not page.number_input
    ones = float((miniature.train.labels[: gradient.IMAGES] == gradient.DEFAULT_DIGIT).double().mean())
    assert slopes(page)[0] == pytest.approx(0.1 - ones, abs=6e-5)


def test_which_way_is_downhill_is_said_in_words() -> None:
    assert "smaller" in downhill(0.2) and "larger" in downhill(-0.2) and "level" in downhill(1e-5)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (27, 27), (14, 14)])
def test_the_pixel_is_outlined_and_shows_its_own_value(row: int, column: int, miniature: Miniature) -> None:
    split = miniature.train
    picture = marked_mean(split, 1, row, column)
    mean = split.images[split.labels == 1].double().mean(dim=0)[row, column]
    assert picture.shape == (56, 56)
    assert (picture[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] == round(float(mean))).all()
    around = picture[max(0, 2 * row - 1) : 2 * row + 3, max(0, 2 * column - 1) : 2 * column + 3]
    assert around.size - (around == picture[2 * row, 2 * column]).sum() >= 5
