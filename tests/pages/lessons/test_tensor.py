"""A picture in three formats: the page shows the numbers of the very image, and the same picture each time."""

import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import subject, tensor
from mnist_core.analysis.pixel_formats import PixelFormat
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import html_of, run

NUMBER = 6


def opened(kept_as: PixelFormat) -> AppTest:
    page = show("tensor")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    run(page.number_input(subject.NUMBER).set_value(NUMBER))
    return run(page.segmented_control(tensor.FORMAT).set_value(kept_as.value))


def shown(page: AppTest) -> str:
    (piece,) = [each for each in html_of(page) if 'class="kept"' in each]
    return piece


def facts(page: AppTest) -> dict[str, str]:
    return dict(re.findall(r"<dt>(\w+)</dt><dd>([^<]+)</dd>", shown(page)))


def test_the_facts_are_those_of_numpy_for_the_bytes_of_the_image(miniature: Miniature) -> None:
    image = miniature.test.images[NUMBER].numpy()
    assert facts(opened(PixelFormat.BYTES)) == {
        "shape": "[28, 28]",
        "dtype": "uint8",
        "smallest": str(image.min()),
        "largest": str(image.max()),
        "mean": f"{image.mean():.3f}",
        "memory": "784 bytes",
    }


def test_the_curve_is_the_chosen_row_in_the_chosen_format(miniature: Miniature) -> None:
    page = opened(PixelFormat.NORMALIZE)
    run(page.slider(tensor.ROW).set_value(9))
    line = charts(page)[0]["series"][0]["data"]
    expected = (miniature.test.images[NUMBER][9].numpy() / 255 - 0.1307) / 0.3081
    assert np.allclose([value for _, value in line], expected, atol=1e-5)
    assert (charts(page)[0]["yAxis"]["min"], charts(page)[0]["yAxis"]["max"]) == (-0.43, 2.83)  # of -0.4242 and 2.8215


def test_the_picture_is_the_same_in_every_format(miniature: Miniature) -> None:
    pictures = {re.findall(r'src="([^"]+)"', shown(opened(each)))[0] for each in PixelFormat}
    assert len(pictures) == 1


@pytest.mark.parametrize(("kept_as", "megabytes"), [(PixelFormat.BYTES, 47), (PixelFormat.TO_TENSOR, 188)])
def test_the_words_say_what_all_images_need(kept_as: PixelFormat, megabytes: int, miniature: Miniature) -> None:
    assert f"**{megabytes}\N{NO-BREAK SPACE}MB**" in words(opened(kept_as))


def test_the_table_has_all_formats() -> None:
    image = torch.zeros(28, 28, dtype=torch.uint8)
    image[3, 5] = 51
    table = tensor.row_table(image, 3)
    assert table.loc[5].tolist() == pytest.approx([5, 51, 0.2, round((0.2 - 0.1307) / 0.3081, 4)])
