"""The plane of features with a drawing's path through it and its nearest neighbours.

The points depend on the model alone. They are sent once, and afterwards the browser says that it has them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app_pages.components.time_lapse import packed, packed_places

_FOLDER = Path(__file__).parent
_mount = st.components.v2.component(
    "live_map",
    html='<section class="map"><h3></h3><canvas role="img"></canvas><div class="axes"><span class="across"></span>'
    '<span class="up"></span></div><p class="finding" aria-live="polite"></p></section>',
    css=(_FOLDER / "live_map.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("feature_plane", "live_map")),
)


@dataclass(frozen=True)
class MapPoints:
    """What depends on the model alone.

    Attributes:
        id: equal for equal points.
        title: of the map.
        axes: what is along x and along y.
        labels: (N,) uint8.
        places: (N, 2) in [0, 1], x to the right, y up.
        colours: ten, of the labels.
    """

    id: str
    title: str
    axes: tuple[str, str]
    labels: np.ndarray
    places: np.ndarray
    colours: Sequence[str]

    def as_data(self) -> dict[str, Any]:
        """Return what the browser gets."""
        return {
            "title": self.title,
            "axes": list(self.axes),
            "labels": packed(self.labels),
            "places": packed_places(self.places),
            "colours": list(self.colours),
        }


@dataclass(frozen=True)
class MapNeighbour:
    """A neighbour that lights up: its place, like those of `MapPoints`, and its label."""

    place: Sequence[float]
    label: int


@dataclass(frozen=True)
class MapPath:
    """What depends on the drawing too.

    Attributes:
        name: what the map calls it.
        path: where it was, in order; the last place is where it is.
        lifts: the numbers of those places where the pen was lifted.
        neighbours: of the drawing.
        finding: what can be seen, in a sentence or two.
    """

    name: str
    path: Sequence[Sequence[float]]
    lifts: Sequence[int]
    neighbours: Sequence[MapNeighbour]
    finding: str


def live_map(points: MapPoints, path: MapPath, *, key: str) -> None:
    """Show the map and the path; a path that goes on from the one before grows from there."""
    held = getattr(st.session_state.get(key), "held", None)
    fixed = None if held == points.id else points.as_data()
    _mount(
        key=key,
        data={"id": points.id, "held": held or "", "fixed": fixed, "live": asdict(path)},
        on_held_change=lambda: None,
    )
