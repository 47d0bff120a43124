"""Show explanations: as coloured maps with the outline of the digit, as PNG files with a scale, and as raw values."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from mnist_core.analysis.attribution import METHODS, Attribution
from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import INK_THRESHOLD, MEAN, STD

Segment = tuple[int, int, int, int]  # from x, y to x, y, in px of the picture; 0 is its left or upper edge
PIXEL = 16  # px of the PNG per pixel of the picture
MARGIN, TITLE_HEIGHT, SCALE_HEIGHT, FOOT = 24, 40, 14, 66  # px of the PNG


@dataclass(frozen=True)
class Colours:
    """The colours of a map, as in #4353d6.

    Attributes:
        speaks_for: of the largest value.
        against: of the largest value below 0.
        paper: of 0.
        outline: of the digit's outline, and of text.
    """

    speaks_for: str = "#4353d6"
    against: str = "#c85a00"
    paper: str = "#ffffff"
    outline: str = "#5d6275"


def limit_of(values: np.ndarray) -> float:
    """Return the largest absolute value, at which the colours end; the smallest number above 0 for zeros alone."""
    return max(float(np.abs(values).max()), float(np.finfo(np.float32).tiny))


def colour_map(values: np.ndarray, colours: Colours) -> np.ndarray:
    """Return the colours of values (H, W): (H, W, 3) uint8, a mixture of paper and the colour of their sign.

    The share of the colour is the value's part of the largest absolute value.
    """
    share = (np.abs(values) / limit_of(values))[..., None]
    ends = np.where(values[..., None] > 0, _rgb(colours.speaks_for), _rgb(colours.against))
    mixed: np.ndarray = np.rint((1 - share) * _rgb(colours.paper) + share * ends).astype(np.uint8)
    return mixed


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], dtype=np.float64)


def ink_outline(picture: np.ndarray) -> list[Segment]:
    """Return the lines between the pixels of ink and of paper, straight runs as one segment.

    Args:
        picture: (H, W) float32, normalised; a pixel with a coverage of at least `INK_THRESHOLD` is ink.
    """
    is_ink = np.pad(picture >= (INK_THRESHOLD - MEAN) / STD, 1)
    flat = [(start, y, end, y) for y, start, end in _runs(is_ink[1:, 1:-1] != is_ink[:-1, 1:-1])]
    upright = [(x, start, x, end) for x, start, end in _runs((is_ink[1:-1, 1:] != is_ink[1:-1, :-1]).T)]
    return flat + upright


def _runs(lines: np.ndarray) -> list[tuple[int, int, int]]:
    """Return the number of the line, the start and the end of each run of True."""
    edges = np.diff(np.pad(lines.astype(np.int8), ((0, 0), (1, 1))))
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [(int(line), int(start), int(end)) for (line, start), (_, end) in zip(starts, ends, strict=True)]


def attribution_png(attribution: Attribution, model_name: str, colours: Colours | None = None) -> bytes:
    """Return a PNG file with the map, the outline of the digit, a title and a scale with numbers.

    Args:
        attribution: what to show.
        model_name: for the title.
        colours: those of a light page by default.
    """
    colours = colours or Colours()
    method = METHODS[attribution.method]
    side = SIDE * PIXEL
    image = Image.new("RGB", (side + 2 * MARGIN, TITLE_HEIGHT + side + FOOT), colours.paper)
    crisp = Image.fromarray(colour_map(attribution.values, colours)).resize((side, side), Image.Resampling.NEAREST)
    image.paste(crisp, (MARGIN, TITLE_HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.rectangle((MARGIN - 1, TITLE_HEIGHT - 1, MARGIN + side, TITLE_HEIGHT + side), outline=colours.outline)
    for segment in ink_outline(attribution.picture):
        x0, y0, x1, y1 = (PIXEL * place for place in segment)
        ends = (MARGIN + x0, TITLE_HEIGHT + y0, MARGIN + x1, TITLE_HEIGHT + y1)
        draw.line(ends, fill=colours.outline, width=2)
    title = f"{model_name}: what speaks for {attribution.target} ({method.name})"
    size = next(size for size in range(20, 7, -1) if size == 8 or _font(size).getlength(title) <= side)
    draw.text((MARGIN, TITLE_HEIGHT / 2), title, colours.outline, _font(size), anchor="lm")
    _draw_scale(draw, attribution, colours, TITLE_HEIGHT + side + 14)
    return _png(image, title, attribution)


def _draw_scale(draw: ImageDraw.ImageDraw, attribution: Attribution, colours: Colours, top: int) -> None:
    side = SIDE * PIXEL
    limit = limit_of(attribution.values)
    scale = colour_map(np.linspace(-limit, limit, side)[None], colours)[0]
    for column, colour in enumerate(scale.tolist()):
        draw.line((MARGIN + column, top, MARGIN + column, top + SCALE_HEIGHT), fill=tuple(colour))
    baseline = top + SCALE_HEIGHT + 20
    for x, anchor, text in (
        (0.0, "ls", f"{-limit:.3g} against {attribution.target}"),
        (side / 2, "ms", "0"),
        (side, "rs", f"{limit:.3g} for {attribution.target}"),
    ):
        draw.text((MARGIN + x, baseline), text, colours.outline, _font(14), anchor=anchor)


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's packages have FreeType"
    return font


def _png(image: Image.Image, title: str, attribution: Attribution) -> bytes:
    method, words = METHODS[attribution.method], PngInfo()
    words.add_itxt("Title", title)
    words.add_itxt("Description", f"{method.sentence} {method.pitfall} ({method.source})")
    stream = io.BytesIO()
    image.save(stream, format="PNG", pnginfo=words)
    return stream.getvalue()


def attribution_npz(attribution: Attribution) -> bytes:
    """Return a file of NumPy's .npz format with the raw values.

    Its arrays: `values` (28, 28) float32, `picture` (28, 28) float32 normalised, `target`, `method`, `unit`,
    `baseline` (the value of paper in a normalised picture), `logits` (10,) and `baseline_logits` (10,).
    """
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        values=attribution.values,
        picture=attribution.picture,
        target=np.array(attribution.target),
        method=np.array(attribution.method),
        unit=np.array(METHODS[attribution.method].unit),
        baseline=np.array(attribution.baseline),
        logits=np.array(attribution.logits),
        baseline_logits=np.array(attribution.baseline_logits),
    )
    return stream.getvalue()
