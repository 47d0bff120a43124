"""A picture card shows the drawing, what the model sees and the answer; its pixels are compared with those of each."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.formatting import percentage
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.recognition.predictor import BLANK, Prediction
from mnist_core.sharing.picture_card import BOTTOM, MARGIN, RIGHT_COLUMN, TOP, picture_card

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))


def predicted(label: int, probability: float = 0.977, is_digit: bool = True) -> Prediction:
    return Prediction(label, probability, (0.1,) * 10, is_digit, preprocess(SEVEN))


def opened(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size, image.mode) == ("PNG", (1200, 630), "RGB")
    return np.asarray(image)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the texts that are written on cards."""
    texts: list[str] = []
    draw = ImageDraw.ImageDraw.text

    def text(self: ImageDraw.ImageDraw, place: tuple[float, float], text: str, *args: Any, **options: Any) -> None:
        left, _, right, bottom = self.textbbox(place, text, args[1], anchor=options["anchor"])
        assert left >= MARGIN - 2 and right <= 1200 - MARGIN + 2 and bottom <= 630, f"{text} is off the card"
        texts.append(text)
        draw(self, place, text, *args, **options)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return texts


def test_the_card_shows_the_drawing_in_mnists_colours() -> None:
    card = opened(picture_card([SEVEN], [predicted(7)]))
    drawing = card[TOP:BOTTOM, MARGIN : MARGIN + BOTTOM - TOP, 0] / 255
    side = BOTTOM - TOP
    scale = side / 280
    expected = rasterise(SEVEN.transformed(scale, 0, 0, 20 * scale, side))
    inner = slice(30, -30)  # the corners are round
    assert drawing[inner, inner] == pytest.approx(expected[inner, inner], abs=0.01)
    assert card[0, 0].tolist() == [255, 255, 255]


def test_every_stroke_has_its_own_brush() -> None:
    thin, thick = replace(SEVEN, brush=8), replace(SEVEN.transformed(1, 0, 40, 20, 280), brush=40)
    sums = [int(opened(picture_card(ink, []))[TOP:BOTTOM, :500].sum()) for ink in ([thin], [thick], [thin, thick])]
    assert sums[0] < sums[1] < sums[2]


def test_the_model_sees_crisp_pixels() -> None:
    prediction = predicted(7)
    card = opened(picture_card([SEVEN], [prediction]))
    assert prediction.stages is not None
    seen = card[BOTTOM - 28 * 8 : BOTTOM, RIGHT_COLUMN : RIGHT_COLUMN + 28 * 8, 0]
    assert np.array_equal(seen, np.kron((prediction.stages.centre * 255).astype(np.uint8), np.ones((8, 8), np.uint8)))


@pytest.mark.parametrize(
    ("predictions", "texts"),
    [
        ([predicted(7)], ["7", "97.7%", "sure"]),
        ([predicted(7, 0.9999)], [">99.9%"]),
        ([predicted(7, is_digit=False)], ["Probably not a digit"]),
        ([predicted(9), predicted(5)], ["95", "2 digits"]),
        ([predicted(9), predicted(5, is_digit=False)], ["95", "2 digits", "probably not all"]),
        ([predicted(1)] * 20, ["1" * 20, "20 digits"]),
        ([predicted(1)] * 19 + [predicted(1, is_digit=False)], ["20 digits, probably not all"]),
        ([BLANK], ["No digit"]),
        ([], ["No digit"]),
    ],
)
def test_the_answer_is_written_on_the_card_and_everything_fits(
    predictions: Sequence[Prediction], texts: list[str], written: list[str]
) -> None:
    opened(picture_card([SEVEN], predictions))
    assert written[0] == "Digits"
    assert set(texts) <= set(written)
    if any(not each.is_digit for each in predictions[:1]):
        assert not {"7", "97.7%"} & set(written)


def test_a_photos_ink_keeps_its_proportions() -> None:
    ink = np.zeros((100, 400), dtype=np.float32)
    ink[:, 100:300] = 1
    card = opened(picture_card(ink, []))
    drawing = card[TOP:BOTTOM, MARGIN : MARGIN + BOTTOM - TOP, 0] > 128
    rows, columns = np.flatnonzero(drawing[:, 215]), np.flatnonzero(drawing[215])
    assert np.ptp(columns[(columns > 20) & (columns < 410)]) + 1 == pytest.approx(430 / 2, abs=2)
    assert np.ptp(rows[(rows > 20) & (rows < 410)]) + 1 == pytest.approx(430 / 4, abs=2)


def test_a_blank_drawing_and_huge_ink_make_a_card_too() -> None:
    opened(picture_card([], []))
    opened(picture_card([Strokes(())], []))
    opened(picture_card(np.ones((640, 3), dtype=np.float32), []))


@pytest.mark.parametrize(
    ("probability", "text"), [(0.9766, "97.7%"), (0.9999, ">99.9%"), (0.0004, "<0.1%"), (0, "0.0%"), (0.5, "50.0%")]
)
def test_percentages_have_one_decimal_place_and_are_never_rounded_to_certainty(probability: float, text: str) -> None:
    assert percentage(probability) == text
