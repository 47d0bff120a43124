"""What the Browse page remembers about one visitor besides the values of its widgets."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from mnist_core.analysis.query import Query


@dataclass
class BrowseState:
    """What one visitor did on the Browse page.

    Attributes:
        image: the number of the opened image, None when no image is open; it is kept on visits to other pages.
        last_selection: the split and the query that the grid showed last; a new one starts on page 1.
        turns_to_image: True when the grid has to turn to the page with the opened image.
        leaves_for_draw: True when the next run of the page has to go to Draw.
        saved_choices: the widgets' values when the visitor left for Draw, by widget key.
    """

    image: int | None = None
    last_selection: tuple[str, Query] | None = None
    turns_to_image: bool = False
    leaves_for_draw: bool = False
    saved_choices: dict[str, Any] = field(default_factory=dict)


def browse_state() -> BrowseState:
    """Return this visitor's state of the Browse page."""
    if "browse_state" not in st.session_state:
        st.session_state.browse_state = BrowseState()
    state: BrowseState = st.session_state.browse_state
    return state
