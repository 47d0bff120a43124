"""Take an image from Browse to the canvas of Draw."""

import streamlit as st

from app_pages.browsing.browse_state import browse_state
from app_pages.components import redrawn
from app_pages.state import address, canvas
from mnist_core.data.split import Split
from mnist_core.ink.vectorisation import vectorise

DRAW_PAGE = "app_pages/draw.py"


def edit_in_draw(split: Split, number: int, name: str) -> None:
    """Put an image on the canvas as strokes, in a callback, and go to Draw when the page runs next.

    Args:
        split: the image's.
        number: its index.
        name: what the Draw page calls it, such as "Test image 7".
    """
    canvas.show_on_canvas(vectorise(split.images[number].numpy()))
    redrawn.remember(split.images[number], name)
    browse_state().leaves_for_draw = True
    st.rerun()


def leave() -> None:
    """Go to Draw if `edit_in_draw` asked for it.

    NOTE: a run of the whole page has to do it. After a switch from a fragment the browser shows the widgets that both
    pages have, such as the choice of the model, with their first option.
    """
    state = browse_state()
    if state.leaves_for_draw:
        state.leaves_for_draw = False
        address.switch_page(DRAW_PAGE)
