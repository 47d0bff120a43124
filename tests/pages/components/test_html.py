"""Texts, images and bars that several pages show alike."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from app_pages.components.html import (
    bars_html,
    data_url,
    pen_animation,
    percent,
    pixel_html,
    sentence,
    square_url,
    strokes_url,
)
from mnist_core.ink.strokes import Strokes


def decoded(url: str) -> np.ndarray:
    """Return the pixels of the PNG in a data URL."""
    kind, content = url.split(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.0, "0.0%"),
        (0.0001, "<0.1%"),
        (0.001, "0.1%"),
        (0.5, "50.0%"),
        (0.999, "99.9%"),
        (0.9991, ">99.9%"),
        (1.0, ">99.9%"),
    ],
)
def test_a_percentage_is_never_rounded_to_certainty(fraction: float, text: str) -> None:
    assert percent(fraction, escaped=False) == text
    assert percent(fraction) == text.replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no room", "No room."),
        (ValueError("no room."), "No room."),
        ("train-images is missing", "train-images is missing."),
        ("/data/x is missing", "/data/x is missing."),
    ],
)
def test_a_sentence_begins_with_a_capital_letter_unless_it_begins_with_a_name(message: object, text: str) -> None:
    assert sentence(message) == text


def test_an_image_is_shown_as_it_is_and_its_text_is_escaped() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(decoded(data_url(image)), image)
    assert decoded(data_url(np.array([[-1.0, 0.5, 2.0]]))).tolist() == [[0, 128, 255]]
    shown = pixel_html(image, 40, '"<3"')
    assert 'alt="&quot;&lt;3&quot;"' in shown and "width:40px" in shown and data_url(image) in shown


def test_a_picture_is_centred_on_its_square() -> None:
    square = decoded(square_url(np.ones((2, 6), dtype=np.float32)))
    assert square.shape == (6, 6)
    assert (square[2:4] == 255).all() and not square[:2].any() and not square[4:].any()


def test_the_bar_of_the_answer_stands_out_and_the_label_names_the_three_highest() -> None:
    probabilities = [0.0, 0.05, 0.0, 0.7, 0.0, 0.2, 0.05, 0.0, 0.0, 0.0]
    shown = bars_html(probabilities, 3)
    assert re.findall(r'<div class="bar( chosen)?"><span>(\d)</span>', shown) == [
        (" chosen" if digit == 3 else "", str(digit)) for digit in range(10)
    ]
    assert "highest first: 3: 70.0%, 5: 20.0%, 1: 5.0%" in shown
    assert "chosen" not in bars_html([0.0] * 10, None)


def test_a_drawing_is_animated_at_its_own_size_and_width() -> None:
    url = pen_animation(Strokes((np.array([[1.0, 2.5], [3, 4]]), np.array([[5.0, 6], [7, 8]])), brush=12, size=100))
    svg = base64.b64decode(url.removeprefix("data:image/svg+xml;base64,")).decode()
    assert 'viewBox="0 0 100 100"' in svg and 'stroke-width="12"' in svg
    assert re.findall(r'points="([^"]*)"', svg) == ["1,2.5 3,4", "5,6 7,8"]
    assert "prefers-reduced-motion" in svg


def test_strokes_in_a_picture_keep_their_own_width_and_a_dot_has_a_line() -> None:
    line, dot = np.array([[1.0, 2.5], [3, 4]]), np.array([[5.0, 6]])
    url = strokes_url([Strokes((line,), brush=12), Strokes((dot,), brush=8)], 280, "#fff", "#000")
    svg = base64.b64decode(url.removeprefix("data:image/svg+xml;base64,")).decode()
    assert '<polyline stroke-width="12" points="1,2.5 3,4 3,4"/>' in svg
    assert '<polyline stroke-width="8" points="5,6 5,6"/>' in svg
