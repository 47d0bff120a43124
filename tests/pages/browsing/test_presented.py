"""Browse for an audience: one image after the other."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.components.presentation import FOLLOWING, PREVIOUS
from app_pages.state import resources
from tests.made import Miniature
from tests.pages.opening import open_page, run


def heading(page: AppTest) -> str:
    (shown,) = page.header
    return str(shown.value)


def test_an_audience_sees_the_mistakes_one_by_one(miniature: Miniature) -> None:
    page = open_page("browse", present="1", model="linear")
    probabilities = resources.predictor_for("linear").probabilities(normalised(miniature))
    wrong = probabilities.argmax(dim=1) != miniature.test.labels
    count = int(wrong.sum())
    assert heading(page) == f"Mistake 1 of {count}"
    most_confident = probabilities.amax(dim=1).where(wrong, torch.tensor(0.0)).argmax()
    page.button(key=FOLLOWING).click()
    run(page)
    assert heading(page) == f"Mistake 2 of {count}"
    page.button(key=PREVIOUS).click()
    run(page)
    assert heading(page) == f"Mistake 1 of {count}" and page.button(key=PREVIOUS).disabled
    assert any(f"image {int(most_confident)}," in text.proto.body for text in page.get("html"))


def normalised(miniature: Miniature) -> torch.Tensor:
    return (miniature.test.images[:, None].float() / 255 - 0.1307) / 0.3081


@pytest.mark.parametrize("digit", ["3", "7"])
def test_an_audience_sees_the_images_that_the_teacher_filtered(miniature: Miniature, digit: str) -> None:
    page = open_page("browse", present="1", model="linear", browse_digit=digit)
    assert heading(page) == f"Image 1 of {int((miniature.test.labels == int(digit)).sum())}"


def test_an_opened_image_is_shown_even_if_it_is_no_mistake(miniature: Miniature) -> None:
    page = open_page("browse", present="1", model="linear", image="5")
    assert any("image 5," in text.proto.body for text in page.get("html"))
