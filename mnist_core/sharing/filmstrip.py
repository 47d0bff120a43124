"""The filmstrip of a training: what a network made of a picture at each moment, as a sheet to print or as a film."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnist_core.formatting import percentage

SIDE = 240  # px of each of the four parts of a picture
GAP = 20  # px between them
CAPTION = 44  # px below them, for the moment
MARGIN = 30  # px of the sheet
HEADING = 84  # px of the sheet, for the title and the names of the columns
PICTURE = 56  # px of the sheet, the picture that the models looked at, in its heading
SHEET_FRAMES = 12  # at most, so that a sheet fits a page
PACE, LAST = 700, 2_500  # ms that the film shows a moment, and the last one
COLUMNS = ("In the plane of features", "Probabilities", "First layer", "Activations")

PAPER, TEXT, QUIET, ACCENT, TRACK = "#ffffff", "#1a1c26", "#5b6270", "#4353d6", "#e6e7ee"  # as on the picture card


@dataclass(frozen=True)
class FilmFrame:
    """One moment.

    Attributes:
        name: of the moment, such as "step 469".
        filters: (F, H, W) uint8, grey.
        activations: (C, H, W) uint8, grey.
        probabilities: ten, in [0, 1].
        places: (N, 2) in [0, 1], of images in the plane, x to the right, y up.
        place: (2,), of the picture.
    """

    name: str
    filters: np.ndarray
    activations: np.ndarray
    probabilities: Sequence[float]
    places: np.ndarray
    place: np.ndarray


@dataclass(frozen=True)
class Film:
    """The moments of a training, in order, at least one.

    Attributes:
        title: what it shows, such as "your drawing, seen by CNN".
        frames: one per moment.
        labels: (N,) of the images in the plane, 0 to 9.
        colours: ten, of the labels.
        picture: (28, 28) uint8, what the models looked at.
    """

    title: str
    frames: Sequence[FilmFrame]
    labels: np.ndarray
    colours: Sequence[str]
    picture: np.ndarray


def film_sheet(film: Film) -> bytes:
    """Return a PNG with a row per moment, its name below; of many moments `SHEET_FRAMES`, with both ends."""
    frames = [film.frames[number] for number in spread(len(film.frames), SHEET_FRAMES)]
    width, height = _size()
    sheet = Image.new("RGB", (width + 2 * MARGIN, HEADING + height * len(frames) + MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 38), film.title, TEXT, _font(22), anchor="ls")
    for column, name in enumerate(COLUMNS):
        draw.text((MARGIN + column * (SIDE + GAP), 70), name, QUIET, _font(15), anchor="ls")
    seen = Image.fromarray(film.picture).resize((PICTURE, PICTURE), Image.Resampling.NEAREST).convert("RGB")
    sheet.paste(seen, (MARGIN + width - PICTURE, (HEADING - PICTURE) // 2))
    for row, frame in enumerate(frames):
        sheet.paste(frame_picture(film, frame), (MARGIN, HEADING + row * height))
    return _saved(sheet, "PNG")


def film_gif(film: Film) -> bytes:
    """Return a GIF that shows every moment for `PACE` ms, the last one longer, and then begins again."""
    first, *others = [
        frame_picture(film, frame).quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        for frame in film.frames
    ]
    times = [PACE] * len(others) + [LAST]
    return _saved(first, "GIF", save_all=True, append_images=others, duration=times, loop=0)


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` of the numbers below `count`, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def frame_picture(film: Film, frame: FilmFrame) -> Image.Image:
    """Return one moment as a picture: plane, probabilities, filters and activations, and its name below."""
    picture = Image.new("RGB", _size(), PAPER)
    parts = (_plane(film, frame), _bars(frame), _mosaic(frame.filters), _mosaic(frame.activations))
    for column, part in enumerate(parts):
        picture.paste(part, (column * (SIDE + GAP), 0))
    answer = max(range(len(frame.probabilities)), key=frame.probabilities.__getitem__)
    words = f"{frame.name}: {answer}, {percentage(frame.probabilities[answer])}"
    ImageDraw.Draw(picture).text((0, SIDE + 24), words, TEXT, _font(18), anchor="ls")
    return picture


def _size() -> tuple[int, int]:
    return len(COLUMNS) * (SIDE + GAP) - GAP, SIDE + CAPTION


def _plane(film: Film, frame: FilmFrame) -> Image.Image:
    """Return the points, each as its label, and the picture's place as a disc."""
    part = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw, font = ImageDraw.Draw(part), _font(9)
    draw.rectangle((0, 0, SIDE - 1, SIDE - 1), outline=TRACK)
    for (x, y), label in zip(_on_paper(frame.places), film.labels.tolist(), strict=True):
        draw.text((x, y), str(label), film.colours[label], font, anchor="mm")
    ((x, y),) = _on_paper(frame.place[None])
    for radius, colour in ((8, PAPER), (6, ACCENT), (2, PAPER)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return part


def _on_paper(places: np.ndarray) -> list[tuple[float, float]]:
    edge = 8
    scaled = edge + np.clip(places, 0, 1) * (SIDE - 2 * edge)
    return [(float(x), float(SIDE - y)) for x, y in scaled]


def _bars(frame: FilmFrame) -> Image.Image:
    part = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw, font = ImageDraw.Draw(part), _font(14)
    height, left, right = SIDE / len(frame.probabilities), 20, SIDE - 58
    answer = max(range(len(frame.probabilities)), key=frame.probabilities.__getitem__)
    for digit, probability in enumerate(frame.probabilities):
        middle, colour = (digit + 0.5) * height, ACCENT if digit == answer else QUIET
        draw.text((4, middle), str(digit), TEXT, font, anchor="lm")
        draw.rectangle((left, middle - 5, right, middle + 5), fill=TRACK)
        if (end := left + round(probability * (right - left))) > left:
            draw.rectangle((left, middle - 5, end, middle + 5), fill=colour)
        draw.text((SIDE - 1, middle), percentage(probability), TEXT, font, anchor="rm")
    return part


def _mosaic(pictures: np.ndarray) -> Image.Image:
    """Return pictures (N, H, W) uint8 as crisp tiles in a square, row by row."""
    count, height, width = pictures.shape
    columns = min(range(1, count + 1), key=lambda each: max(each * width, math.ceil(count / each) * height))
    rows = math.ceil(count / columns)
    gap = 4 if count > 1 else 0
    scale = min((SIDE - gap * (columns - 1)) / (columns * width), (SIDE - gap * (rows - 1)) / (rows * height))
    size = max(1, int(width * scale)), max(1, int(height * scale))
    part = Image.new("RGB", (SIDE, SIDE), PAPER)
    for number, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize(size, Image.Resampling.NEAREST).convert("RGB")
        part.paste(tile, (number % columns * (size[0] + gap), number // columns * (size[1] + gap)))
    return part


def _font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font, so that a strip looks the same on every server."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's packages have FreeType"
    return font


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
