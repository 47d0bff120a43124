"""The picture card: a drawing, what the model sees of it and the answer, in one PNG to send to somebody."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnist_core.constants import SIDE
from mnist_core.formatting import percentage
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes, rasterise
from mnist_core.recognition.predictor import Prediction

WIDTH, HEIGHT = 1200, 630  # px; messengers and social networks show pictures in these proportions
MARGIN = 60  # px
TOP, BOTTOM = 130, 560  # px, edges of the drawing, which is a square
RIGHT_COLUMN = 550  # px, left edge
GAP = 20  # px, between the pictures that the model sees
LARGEST_PIXEL = 8  # px, side of a pixel of those pictures
MOST_PICTURES = 8  # of the digits of a number
LEAST_COMMENT = 36  # px, size of type
ROUNDING = 20  # px, radius of the drawing's corners

PAPER, TEXT, QUIET, ACCENT = "#ffffff", "#1a1c26", "#5b6270", "#4353d6"
APP, PROMISE = "Digits", "Write a digit; the model tells you which one it sees."


def picture_card(ink: Sequence[Strokes] | np.ndarray, predictions: Sequence[Prediction]) -> bytes:
    """Draw a picture card.

    Args:
        ink: the drawing stroke by stroke, each with its own brush width, or ink coverage (H, W) in [0, 1].
        predictions: for its digits, from left to right; empty for blank ink.

    Returns:
        A PNG of 1200x630 px.
    """
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(card)
    draw.text((MARGIN, 92), APP, ACCENT, _font(50), anchor="ls", stroke_width=1)
    draw.text((WIDTH - MARGIN, 92), PROMISE, QUIET, _font(26), anchor="rs")
    side = BOTTOM - TOP
    _paste_rounded(card, _drawing(ink, side), (MARGIN, TOP))
    draw.text((MARGIN, BOTTOM + 38), "The drawing", QUIET, _font(26), anchor="ls")
    _write_answer(draw, predictions)
    _show_pictures(card, predictions)
    file = io.BytesIO()
    card.save(file, "PNG", optimize=True)
    return file.getvalue()


def _drawing(ink: Sequence[Strokes] | np.ndarray, side: int) -> Image.Image:
    """Return ink in MNIST's colours, white on black, as a grey square picture."""
    if isinstance(ink, np.ndarray):
        picture = Image.fromarray((np.clip(ink, 0, 1) * 255).astype(np.uint8))
        scale = side / max(picture.size)
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
        square = Image.new("L", (side, side))
        square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        return square
    coverage = np.zeros((side, side), dtype=np.float32)
    for stroke in ink:
        scale = side / (stroke.size or CANVAS_SIZE)
        coverage = np.maximum(coverage, rasterise(stroke.transformed(scale, 0, 0, stroke.brush * scale, side)))
    return Image.fromarray((coverage * 255).astype(np.uint8))


def _write_answer(draw: ImageDraw.ImageDraw, predictions: Sequence[Prediction]) -> None:
    """Write the answer in the largest type that fits, and below it how sure the model is."""
    answer, comment = _answer(predictions)
    width = WIDTH - MARGIN - RIGHT_COLUMN
    if not answer:
        draw.text((RIGHT_COLUMN, 220), comment, TEXT, _fitting(comment, 62, width), anchor="ls", stroke_width=1)
        return
    font = _fitting(answer, 230, width)
    edge, height, right, _ = font.getbbox(answer, anchor="ls")
    baseline = TOP - height
    draw.text((RIGHT_COLUMN - edge, baseline), answer, TEXT, font, anchor="ls", stroke_width=2)
    left = RIGHT_COLUMN + right - edge + 36
    lines = comment.split("\n")
    size = min(_fitting(line, 54, max(1.0, WIDTH - MARGIN - left)).size for line in lines)
    if size >= LEAST_COMMENT:  # beside the answer, on its baseline
        for place, line in enumerate(reversed(lines)):
            draw.text((left, baseline - place * 1.2 * size), line, QUIET, _font(size), anchor="ls")
    else:
        draw.text((RIGHT_COLUMN, baseline + 62), ", ".join(lines), QUIET, _font(LEAST_COMMENT), anchor="ls")


def _answer(predictions: Sequence[Prediction]) -> tuple[str, str]:
    """Return the answer, empty if there is none, and a comment on it of one or two lines."""
    if not predictions or predictions[0].label is None:
        return "", "No digit"
    if len(predictions) > 1:
        doubt = "" if all(digit.is_digit for digit in predictions) else "\nprobably not all"
        return "".join(str(digit.label) for digit in predictions), f"{len(predictions)} digits{doubt}"
    (prediction,) = predictions
    if not prediction.is_digit:
        return "", "Probably not a digit"
    return str(prediction.label), f"{percentage(prediction.probability)}\nsure"


def _show_pictures(card: Image.Image, predictions: Sequence[Prediction]) -> None:
    """Show what the model sees, in whole multiples of its pixels, on the bottom line of the drawing."""
    pictures = [each.stages.centre for each in predictions if each.stages is not None][:MOST_PICTURES]
    if not pictures:
        return
    room = WIDTH - MARGIN - RIGHT_COLUMN + GAP
    pixel = min(LARGEST_PIXEL, int((room / len(pictures) - GAP) / SIDE))
    for place, picture in enumerate(pictures):
        image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
        side = SIDE * pixel
        crisp = image.resize((side, side), Image.Resampling.NEAREST)
        card.paste(crisp.convert("RGB"), (RIGHT_COLUMN + place * (side + GAP), BOTTOM - side))
    caption = "What the model sees, 28 by 28 pixels"
    ImageDraw.Draw(card).text((RIGHT_COLUMN, BOTTOM + 38), caption, QUIET, _font(26), anchor="ls")


def _paste_rounded(card: Image.Image, picture: Image.Image, place: tuple[int, int]) -> None:
    """Paste a picture with round corners, which are drawn four times as large and averaged down."""
    mask = Image.new("L", (picture.width * 4, picture.height * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), ROUNDING * 4, fill=255)
    card.paste(picture.convert("RGB"), place, mask.reduce(4))


def _font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font, so that the card looks the same on every server."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's packages have FreeType"
    return font


def _fitting(text: str, size: float, width: float) -> ImageFont.FreeTypeFont:
    """Return the font at a size, or smaller if the text would be wider than a width (px)."""
    while size > 1 and _font(size).getlength(text) > width:
        size -= 1
    return _font(size)
