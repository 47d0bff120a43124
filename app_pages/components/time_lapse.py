"""The moments of a training as a film: a player, and pictures, probabilities and a plane of points that follow it.

The browser gets all moments at once, so that the slider waits for nothing. What depends on the model alone is large; it
is sent once, and afterwards the browser says that it has it.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app_pages.components.html import bars_label, percent

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "time_lapse",
    html="""
<div class="lapse">
  <section class="player" aria-label="Player">
    <button class="play" aria-label="Play the training"><svg class="triangle" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M5 2.5v15l13-7.5z"/></svg><svg class="bars-icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M4 3h4v14H4zM12 3h4v14h-4z"/></svg></button>
    <input class="slider" type="range" min="0" step="1" aria-label="Moment of the training">
    <output class="moment"></output>
    <svg class="curve" viewBox="0 0 1000 34" preserveAspectRatio="none" aria-hidden="true"></svg>
    <p class="note about"></p>
  </section>
  <div class="halves">
    <section class="plane"><h3></h3><canvas role="img"></canvas>
      <div class="axes"><span class="across"></span><span class="up"></span></div>
      <p class="note agreement"></p></section>
    <section><h3 class="answer-title"></h3>
      <p class="answer-line"><b class="answer"></b><span class="sure"></span></p>
      <div class="bars" role="img"></div><p class="note finding"></p></section>
  </div>
  <section class="row filters"><h3></h3><div class="pictures" role="img"></div><p class="note scale"></p></section>
  <section class="row activations"><h3></h3><div class="layers" role="group" aria-label="Layer"></div>
    <div class="pictures" role="img"></div><p class="note scale"></p></section>
</div>""",
    css=(_FOLDER / "time_lapse.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("feature_plane", "time_lapse")),
)


@dataclass(frozen=True)
class Pictures:
    """The same pictures at each moment.

    Attributes:
        title: what they are.
        names: of each.
        values: (moments, pictures, H, W) uint8, grey.
        note: what grey means, in a sentence.
    """

    title: str
    names: Sequence[str]
    values: np.ndarray
    note: str

    def as_data(self) -> dict[str, Any]:
        """Return what the browser gets."""
        _, count, height, width = self.values.shape
        size = {"count": count, "height": height, "width": width}
        return size | {"title": self.title, "note": self.note, "names": list(self.names), "bytes": packed(self.values)}


@dataclass(frozen=True)
class ModelFilm:
    """What depends on the model alone.

    Attributes:
        id: equal for equal films.
        moments: the name of each, in order.
        filters: of the first layer.
        labels: (N,) uint8, of the points in the plane.
        places: (moments, N, 2) in [0, 1], x to the right, y up.
        colours: ten, of the labels.
        axes: what is along x and along y.
        plane: the title of the plane.
        agreements: a sentence about the points of each moment.
        finding: one about all moments.
    """

    id: str
    moments: Sequence[str]
    filters: Pictures
    labels: np.ndarray
    places: np.ndarray
    colours: Sequence[str]
    axes: tuple[str, str]
    plane: str
    agreements: Sequence[str]
    finding: str

    def as_data(self) -> dict[str, Any]:
        """Return what the browser gets."""
        return {
            "moments": list(self.moments),
            "filters": self.filters.as_data(),
            "labels": packed(self.labels),
            "places": packed_places(self.places),
            "colours": list(self.colours),
            "axes": list(self.axes),
            "plane": self.plane,
            "agreements": list(self.agreements),
            "finding": self.finding,
        }


@dataclass(frozen=True)
class PictureFilm:
    """What the models made of one picture.

    Attributes:
        name: what the plane calls it.
        title: of the probabilities.
        activations: of the chosen layer.
        probabilities: ten at each moment.
        places: (moments, 2), like those of `ModelFilm`.
        digit: whose probability is the curve below the slider.
        layers: the names of those to choose from; empty when there is no choice.
        layer: the number of the chosen one among them.
    """

    name: str
    title: str
    activations: Pictures
    probabilities: Sequence[Sequence[float]]
    places: np.ndarray
    digit: int
    layers: Sequence[str] = ()
    layer: int = 0

    def as_data(self) -> dict[str, Any]:
        """Return what the browser gets."""
        return {
            "name": self.name,
            "title": self.title,
            "activations": self.activations.as_data(),
            "probabilities": [list(row) for row in self.probabilities],
            "percents": [[percent(each, escaped=False) for each in row] for row in self.probabilities],
            "descriptions": [bars_label(row) for row in self.probabilities],
            "answers": [max(range(len(row)), key=row.__getitem__) for row in self.probabilities],
            "places": self.places.tolist(),
            "digit": self.digit,
            "layers": list(self.layers),
            "layer": self.layer,
        }


def packed(values: np.ndarray) -> str:
    """Return uint8 numbers, in order, as base64."""
    assert values.dtype == np.uint8
    return base64.b64encode(values.tobytes()).decode()


def packed_places(places: np.ndarray) -> str:
    """Return places in [0, 1] in 16 bits, little-endian, as base64; those outside are moved to the edge."""
    return base64.b64encode(np.rint(np.clip(places, 0, 1) * 65_535).astype("<u2").tobytes()).decode()


def time_lapse(
    film: ModelFilm,
    picture: PictureFilm,
    at: int,
    *,
    key: str,
    on_moment: Callable[[int], None],
    on_layer: Callable[[int], None] = lambda layer: None,
) -> None:
    """Show the film.

    Args:
        film: what depends on the model.
        picture: what depends on the picture too.
        at: the number of the moment to show first, and whenever it changes.
        key: the widget's key.
        on_moment: called with the number of the moment where the visitor stopped, before the page runs again.
        on_layer: called with the number of the layer that they chose.
    """
    held = getattr(st.session_state.get(key), "held", None)
    _mount(
        key=key,
        data={
            "id": film.id,
            "held": held or "",
            "fixed": None if held == film.id else film.as_data(),
            "live": picture.as_data(),
            "at": at,
        },
        on_held_change=lambda: None,
        on_moment_change=lambda: _call(key, "moment", len(film.moments), on_moment),
        on_layer_change=lambda: _call(key, "layer", len(picture.layers), on_layer),
    )


def _call(key: str, name: str, count: int, use: Callable[[int], None]) -> None:
    number = getattr(st.session_state[key], name)
    if isinstance(number, int) and 0 <= number < count:  # any browser may send anything
        use(number)
