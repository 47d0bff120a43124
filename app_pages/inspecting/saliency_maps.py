"""Maps of how much each pixel speaks for a digit, side by side; pointing at a pixel reads it in all of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from app_pages.components.html import data_url
from mnist_core.analysis.attribution import METHODS, Attribution
from mnist_core.analysis.attribution_picture import Colours, colour_map, ink_outline, limit_of

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "saliency_maps",
    html='<div class="maps" role="group" tabindex="0"></div>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class MapView:
    """One map.

    Attributes:
        title: above it.
        picture: the URL of its picture, 28 × 28.
        alt: what can be seen in it.
        values: 784, row by row.
        limit: the value where the colours end.
        has_sign: whether values can be below 0.
    """

    title: str
    picture: str
    alt: str
    values: Sequence[float]
    limit: float
    has_sign: bool


def map_view(attribution: Attribution, title: str, colours: Colours) -> MapView:
    """Return a map of an explanation."""
    values = attribution.values
    return MapView(
        title,
        data_url(colour_map(values, colours)),
        describe(attribution),
        [float(f"{value:.4g}") for value in values.ravel().tolist()],
        limit_of(values),
        METHODS[attribution.method].has_sign,
    )


def describe(attribution: Attribution) -> str:
    """Return what a map shows in words: where the largest values lie, and how much speaks for and against the digit."""
    values, target = attribution.values, attribution.target
    if not values.any():
        return f"An empty map: all values are 0 for the digit {target}."
    words = []
    for sign, preposition in ((1, "for"), (-1, "against")):
        part = np.clip(sign * values, 0, None)
        if part.any():
            row, column = np.unravel_index(int(part.argmax()), part.shape)
            words.append(f"most speaks {preposition} {target} at row {row + 1}, column {column + 1}")
    return f"Map of 28 by 28 pixels: {', and '.join(words)}."


def saliency_maps(
    maps: Sequence[MapView], attribution: Attribution, colours: Colours, *, are_stale: bool = False, key: str
) -> None:
    """Show maps of one picture side by side.

    Args:
        maps: what to show.
        attribution: one of the explanations; its picture's outline lies over every map.
        colours: of the scales.
        are_stale: whether they are those of before, shown until new ones are there.
        key: the widget's key.
    """
    outline = "".join(f"M{x0} {y0}L{x1} {y1}" for x0, y0, x1, y1 in ink_outline(attribution.picture))
    data = {
        "maps": [asdict(each) for each in maps],
        "outline": outline,
        "target": attribution.target,
        "colours": asdict(colours),
        "are_stale": are_stale,
    }
    _mount(key=key, data=data)
