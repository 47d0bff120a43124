"""The units of a layer as a grid of small pictures: to switch them off and on, or to choose one of them.

One tab stop: arrow keys move, Enter and Space switch or choose.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from app_pages.components.film import sheet
from app_pages.components.html import data_url

ACROSS = 16  # pictures in a row of the sprite
GAP_FREE = "region"  # the kind of units that are parts of one picture

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "unit_grid",
    html='<div class="units"></div>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


def unit_grid(
    pictures: np.ndarray,
    kind: str,
    marked: Collection[int],
    *,
    is_switch: bool,
    title: str,
    key: str,
    on_mark: Callable[[frozenset[int]], None],
) -> None:
    """Show the units of a layer.

    Args:
        pictures: (N, H, W) float in [0, 1], one per unit.
        kind: what the units are, such as "channel".
        marked: the units that are switched off, or the one that is chosen.
        is_switch: True for switches, of which any number can be off; False to choose one.
        title: what the units are, for screen readers.
        key: the widget's key.
        on_mark: called with the marked units when the visitor changed them, before the page runs again.
    """
    count, is_tight = len(pictures), kind == GAP_FREE
    columns = round(count**0.5) if is_tight else min(ACROSS, count)
    _mount(
        key=key,
        data={
            "sprite": data_url(sheet(pictures, ACROSS)),
            "across": min(ACROSS, count),
            "down": -(-count // ACROSS),
            "names": [f"{kind} {number}" for number in range(count)],
            "marked": sorted(marked),
            "is_switch": is_switch,
            "is_tight": is_tight,
            "columns": columns,
            "narrow": columns if is_tight else min(10 if count > 64 else 8, count),
            "tile": "2.6rem",
            "title": title,
        },
        on_marked_change=lambda: on_mark(valid(st.session_state[key].marked, count)),
    )


def valid(marked: object, count: int) -> frozenset[int]:
    """Return the numbers below `count` in what a browser sent, which may be anything."""
    sent: Sequence[object] = marked if isinstance(marked, list) else ()
    return frozenset(number for number in sent if type(number) is int and 0 <= number < count)
