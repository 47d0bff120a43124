"""Slopes by nudging: the slope on the page is that of two losses in PyTorch, and the words say what went wrong."""

import math
import re

import pytest
import torch
from torch.nn import functional

from app_pages.lessons.controls import backward
from mnist_core.analysis.nudge import NudgedSlope
from mnist_core.formatting import MINUS
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def in_pytorch(miniature: Miniature, nudge: float) -> tuple[float, float]:
    """Return the slope by nudging and that of autograd, for the weight from the middle to 0, with float64."""
    x, labels = miniature.train.images[:100].flatten(1).double() / 255, miniature.train.labels[:100]
    weights = torch.zeros(784, 10, dtype=torch.float64, requires_grad=True)
    functional.cross_entropy(x @ weights, labels).backward()
    assert weights.grad is not None
    losses = []
    for value in (nudge, -nudge):
        nudged = torch.zeros(784, 10, dtype=torch.float64)
        nudged[14 * 28 + 14, 0] = value
        losses.append(float(functional.cross_entropy(x @ nudged, labels)))
    return (losses[0] - losses[1]) / (2 * nudge), float(weights.grad[14 * 28 + 14, 0])


@pytest.mark.parametrize("nudge", [0.1, 10.0])
def test_the_two_slopes_are_pytorchs(nudge: float, miniature: Miniature) -> None:
    page = show("backward")
    run(page.segmented_control(backward.PRECISION).set_value("float64"))
    run(page.select_slider(backward.NUDGE).set_value(nudge))
    found = [float(each) for each in re.findall(r"\*\*(-?\d\.\d{6})\*\*", words(page).replace(MINUS, "-"))]
    expected = in_pytorch(miniature, nudge)
    assert found == pytest.approx(expected, abs=1e-6)
    (chart,) = charts(page)
    x, y = chart["series"][-1]["data"][0]
    relative = abs(expected[0] - expected[1]) / abs(expected[1])
    assert x == nudge and y == pytest.approx(max(-math.log10(relative), 0), abs=1e-3)
    assert (chart["xAxis"]["type"], chart["yAxis"]["type"]) == ("log", "value")


def test_both_precisions_have_a_curve_and_the_finer_one_gets_further(miniature: Miniature) -> None:
    coarse, fine, _ = charts(show("backward"))[0]["series"]
    assert (coarse["name"], fine["name"]) == ("float32", "float64")
    assert coarse["data"][0][0] == pytest.approx(1e-7) and coarse["data"][-1][0] == pytest.approx(10)
    assert max(y for _, y in fine["data"]) > max(y for _, y in coarse["data"]) + 2


@pytest.mark.parametrize(
    ("nudge", "precision", "reason"),
    [
        (1e-7, "float32", "too small"),
        (1e-2, "float32", "about the best"),
        (1.0, "float32", "too large"),
        (1e-2, "float64", "too large"),
        (1e-5, "float64", "about the best"),
    ],
)
def test_the_words_say_what_is_wrong_with_a_nudge(nudge: float, precision: str, reason: str) -> None:
    assert reason in backward.finding(NudgedSlope(nudge, 0.05, 0.01, 0.6), precision, 0.04)


def test_an_error_is_a_share_of_the_slope() -> None:
    assert backward.off(0.01, -0.04) == ": an error of 25%"
    assert backward.off(1e-12, 0.04) == ": an error of less than 0.001%"
    assert backward.off(1.2, 0.04) == ": an error of 3,000%"
    assert backward.off(0.1, 0) == ""


def test_a_nudge_is_written_without_an_exponent() -> None:
    assert [backward.plain(each) for each in (1e-7, 0.1, 10.0)] == ["0.0000001", "0.1", "10"]
