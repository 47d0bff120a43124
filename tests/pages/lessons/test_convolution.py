"""One kernel by hand: what the page shows is what `nn.Conv2d` makes of the image."""

import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from app_pages.lessons.controls import convolution, subject
from app_pages.lessons.controls.convolution import key_of, result_table
from mnist_core.analysis.kernels import KERNELS
from mnist_core.formatting import signed
from tests.made import Miniature
from tests.pages.lessons.showing import show
from tests.pages.opening import html_of, run

NUMBER = 2


def opened() -> AppTest:
    page = show("convolution")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    return run(page.number_input(subject.NUMBER).set_value(NUMBER))


def weights(page: AppTest) -> list[list[float]]:
    return [[float(page.number_input(key_of(row, column)).value or 0) for column in range(3)] for row in range(3)]


def caption(page: AppTest) -> str:
    (piece,) = [each for each in html_of(page) if 'class="kernel-pictures"' in each]
    return piece


def span_in_pytorch(miniature: Miniature, kernel: list[list[float]]) -> str:
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(kernel)[None, None])
        result = layer(miniature.test.images[[NUMBER]].float()[None] / 255)
    return f"{signed(float(result.min()), 1)} to {signed(float(result.max()), 1)}"


def test_a_preset_fills_the_nine_weights_and_a_change_leaves_it(miniature: Miniature) -> None:
    page = opened()
    assert weights(page) == [list(row) for row in KERNELS["Horizontal lines"]]
    run(page.pills(convolution.PRESET).set_value("Outline"))
    assert weights(page) == [list(row) for row in KERNELS["Outline"]]
    run(page.number_input(key_of(1, 1)).set_value(5.0))
    assert page.pills(convolution.PRESET).value is None
    assert weights(page)[1] == [-1, 5, -1]


def test_the_result_is_that_of_a_convolution_in_pytorch(miniature: Miniature) -> None:
    page = opened()
    assert span_in_pytorch(miniature, weights(page)) in caption(page)
    run(page.number_input(key_of(0, 2)).set_value(-4.0))
    assert weights(page)[0][2] == -4 and span_in_pytorch(miniature, weights(page)) in caption(page)


def test_a_relu_leaves_nothing_below_zero(miniature: Miniature) -> None:
    page = opened()
    run(page.toggle(convolution.RELU).set_value(True))
    assert "values from 0.0 to" in caption(page)


def test_the_table_has_the_result() -> None:
    table = result_table(torch.arange(6).reshape(2, 3) / 4)
    assert table["2"].tolist() == [0.5, 1.25] and table.shape == (2, 4)
