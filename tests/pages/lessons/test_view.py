"""Images of one label: those nearest to their mean image, and those farthest from it, in matplotlib's colours."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import view
from tests.made import Miniature
from tests.pages.lessons.showing import show, words
from tests.pages.opening import html_of, run


def shown(page: AppTest) -> tuple[list[int], list[np.ndarray]]:
    """Return the numbers below the images, and the mean image and the images, (28, 28, 3) uint8."""
    (piece,) = [each for each in html_of(page) if 'class="alike"' in each]
    pictures = [
        np.array(Image.open(io.BytesIO(base64.b64decode(data))))
        for data in re.findall(r"data:image/png;base64,([^\"]+)", piece)
    ]
    return [int(number) for number in re.findall(r">(\d+)</figure>", piece)], pictures


def by_distance(miniature: Miniature, label: int) -> list[int]:
    numbers = np.flatnonzero(miniature.train.labels.numpy() == label)
    pixels = miniature.train.images.numpy()[numbers].reshape(len(numbers), -1).astype(float)
    return [int(each) for each in numbers[np.linalg.norm(pixels - pixels.mean(axis=0), axis=1).argsort()]]


def test_the_slider_goes_from_the_ordinary_images_to_the_strange_ones(miniature: Miniature) -> None:
    page, expected = show("view"), by_distance(miniature, view.DEFAULT)
    assert shown(page)[0] == expected[:12]
    assert f"Of the **{len(expected)} images** with the label 7, these are the 12 nearest" in words(page)
    run(page.slider(view.SHARE).set_value(100))
    assert shown(page)[0] == expected[-12:] and "12 farthest" in words(page)
    run(page.pills(view.LABEL).set_value(3))
    assert shown(page)[0] == by_distance(miniature, 3)[-12:]


def test_grey_shows_the_bytes_and_its_reverse_the_opposite(miniature: Miniature) -> None:
    page = show("view")
    numbers, (_, *pictures) = shown(page)
    expected = miniature.train.images[numbers[0]].numpy()[..., None].astype(int)
    assert np.abs(pictures[0] - expected).max() <= 1  # matplotlib rounds down
    run(page.segmented_control(view.COLOURS).set_value("gray_r"))
    assert np.abs(shown(page)[1][1] - (255 - expected)).max() <= 1


def test_viridis_begins_with_purple_and_ends_with_yellow() -> None:
    table = view.colour_table("viridis")
    assert table.shape == (256, 3) and table[0].tolist() == [68, 1, 84] and table[255].tolist() == [253, 231, 36]


@pytest.mark.parametrize(
    ("begin", "words"), [(0, "the 12 nearest"), (50, "from place 51 to 62"), (88, "the 12 farthest")]
)
def test_the_words_say_which_images_are_shown(begin: int, words: str) -> None:
    assert words in view.finding("7", begin, 12, 100)
