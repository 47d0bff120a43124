"""A picture whose pixels can be read: one under the pointer or the arrow keys, and the 25 around it as numbers."""

from pathlib import Path

import streamlit as st
import torch

from app_pages.components.activation_colours import packed_floats
from mnist_core.constants import SIDE

WINDOW = 5  # pixels, the side of what is shown as numbers
FIRST = SIDE // 2  # row and column of the pixel that is read at first

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "pixel_reader",
    html='<section class="reader"></section>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


def pixel_reader(grey: torch.Tensor, name: str, *, key: str) -> None:
    """Show a picture to read the pixels of.

    Args:
        grey: (28, 28) float32 in [0, 1].
        name: what it is, in a sentence: "your drawing".
        key: the widget's key.
    """
    _mount(
        key=key,
        data={"values": packed_floats(grey), "side": SIDE, "window": WINDOW, "first": FIRST, "name": name},
    )
