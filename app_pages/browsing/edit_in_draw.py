"""Take an image from Browse to the canvas of Draw, and restore Browse when the visitor returns."""

import numpy as np
import streamlit as st

from app_pages.browsing import filters
from app_pages.browsing.browse_state import browse_state
from app_pages.state import canvas
from mnist_core.ink.vectorisation import vectorise

DRAW_PAGE = "app_pages/draw.py"


def edit_in_draw(image: np.ndarray) -> None:
    """Put an image (28, 28) uint8 on the canvas as strokes, and go to Draw when the page runs next."""
    canvas.show_on_canvas(vectorise(image))
    state = browse_state()
    state.saved_choices = {key: st.session_state[key] for key in filters.DEFAULTS if key in st.session_state}
    state.leaves_for_draw = True
    st.session_state.update(filters.DEFAULTS)
    st.rerun()


def leave_or_return() -> None:
    """Go to Draw if `edit_in_draw` asked for it; on return, restore what was chosen before.

    NOTE: Streamlit cannot switch pages while the URL holds the value of a bound widget. So every bound widget is shown
    once more with its default, which clears the URL, and the choices are saved in the state meanwhile.
    """
    state = browse_state()
    if state.leaves_for_draw:
        state.leaves_for_draw = False
        filters.choose_view()
        filters.choose_split()
        filters.choose_digit()
        filters.filter_form()
        filters.choose_page(1)
        st.switch_page(DRAW_PAGE)
    st.session_state.update(state.saved_choices)
    state.saved_choices = {}
