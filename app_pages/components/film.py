"""A film of small pictures, with a button to play it again and a slider to move it by hand.

It plays once when it is new. Who prefers reduced motion sees its last picture.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from app_pages.components.html import data_url

ACROSS = 8  # pictures in a row of the sprite

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "film",
    html='<div class="film"><div class="picture" role="img"></div><div class="row"><button type="button">'
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path/></svg></button><input type="range" min="0" value="0"></div>'
    "<p></p></div>",
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


def film(frames: np.ndarray, captions: Sequence[str], *, alt: str, slider: str, key: str) -> None:
    """Show a film.

    Args:
        frames: (F, H, W) float in [0, 1].
        captions: a line below each picture.
        alt: what the film shows, for screen readers.
        slider: what the slider moves through, for screen readers, such as "Step of the ascent".
        key: the widget's key.
    """
    count = len(frames)
    _mount(
        key=key,
        data={
            "sprite": data_url(sheet(frames)),
            "across": min(ACROSS, count),
            "down": -(-count // ACROSS),
            "captions": list(captions),
            "alt": alt,
            "slider": slider,
        },
    )


def sheet(frames: np.ndarray, across: int = ACROSS) -> np.ndarray:
    """Return pictures (F, H, W) float in [0, 1] as one image, at most `across` in a row: uint8, black where none is."""
    count, height, width = frames.shape
    columns, rows = min(across, count), -(-count // across)
    cells = np.zeros((rows * columns, height, width), dtype=np.uint8)
    cells[:count] = np.rint(np.clip(frames, 0, 1) * 255)
    return cells.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
