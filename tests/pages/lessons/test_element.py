"""One element: the label is hidden until somebody says what they see; then the page prints what Python would."""

import re

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import element
from mnist_core.data.split import Split
from mnist_core.recognition.predictor import load_predictor
from tests.made import Miniature
from tests.pages.lessons.showing import show, words
from tests.pages.opening import run

INDEX = 12


def opened(index: int) -> AppTest:
    return run(show("element").number_input(element.INDEX).set_value(index))


def see(page: AppTest, index: int, label: int) -> None:
    run(page.pills(f"{element.ANSWER}_{index}").set_value(label))


def test_the_label_is_shown_once_somebody_says_what_they_see(miniature: Miniature) -> None:
    page, label = opened(INDEX), int(miniature.train.labels[INDEX])
    assert page.code[0].value.endswith(", ?)") and "label says" not in words(page)
    see(page, INDEX, (label + 1) % 10)
    pair = (Image.fromarray(miniature.train.images[INDEX].numpy()), label)
    assert page.code[0].value == f">>> dataset[{INDEX}]\n{re.sub(' at 0x[0-9A-F]+', '', repr(pair))}"
    assert f"You say {(label + 1) % 10}, and the label says **{label}**" in words(page)
    see(page, INDEX, label)
    assert f"You and the label agree: **{label}**" in words(page)


def test_the_second_opinion_is_that_of_the_best_model(miniature: Miniature) -> None:
    page = opened(INDEX)
    see(page, INDEX, 0)
    ink = miniature.train.images[INDEX].float() / 255
    expected = int(load_predictor("cnn").probabilities(((ink - 0.1307) / 0.3081)[None, None])[0].argmax())
    assert f"The CNN answers {expected} (" in words(page)


def test_another_image_hides_its_label_again(miniature: Miniature) -> None:
    page = opened(INDEX)
    see(page, INDEX, 3)
    run(page.number_input(element.INDEX).set_value(INDEX + 1))
    assert page.code[0].value.endswith(", ?)")


def test_doubtful_images_are_offered_one_after_another_where_they_are_known(
    monkeypatch: pytest.MonkeyPatch, miniature: Miniature
) -> None:
    assert not show("element").button  # 400 images have none of those numbers
    monkeypatch.setattr(element, "DOUBTFUL", (5, 9))
    page, visited = show("element"), []
    for _ in range(3):
        run(page.button(element.DOUBTFUL_BUTTON).click())
        visited.append(page.number_input(element.INDEX).value)
    assert visited == [5, 9, 5]


def test_each_doubtful_image_is_read_otherwise_by_the_best_model(mnist: tuple[Split, Split]) -> None:
    train = mnist[0].at(torch.tensor(element.DOUBTFUL))
    assert mnist[0].source == element.MNIST
    tensors = ((train.images.float() / 255 - 0.1307) / 0.3081)[:, None]
    assert not (load_predictor("cnn").probabilities(tensors).argmax(dim=1) == train.labels).any()
