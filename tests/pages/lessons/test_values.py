"""A picture as a tensor: the browser is given the very values of the image."""

import base64
import json

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import subject
from app_pages.lessons.controls.values import values_table
from tests.made import Miniature
from tests.pages.lessons.showing import show
from tests.pages.opening import components, run


def values(page: AppTest) -> np.ndarray:
    (shown,) = components(page, "pixel_reader")
    return np.frombuffer(base64.b64decode(json.loads(shown.proto.json)["values"]), "<f4").reshape(28, 28)


def test_a_test_image_is_read_as_its_bytes_divided_by_255(miniature: Miniature) -> None:
    page = show("values")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    run(page.number_input(subject.NUMBER).set_value(7))
    assert np.abs(values(page) - miniature.test.images[7].numpy() / 255).max() < 1e-6


def test_the_example_is_ink_on_paper(miniature: Miniature) -> None:
    read = values(show("values"))
    assert read.min() >= 0 and read[0, 0] < 1e-6 and read.max() > 0.9


def test_the_table_has_a_row_per_row_of_pixels() -> None:
    grey = torch.zeros(28, 28)
    grey[3, 5] = 0.12345
    table = values_table(grey)
    assert table.shape == (28, 29)
    assert table.loc[3, "5"] == 0.123 and float(table.drop(columns="Row").to_numpy().sum()) == 0.123
