"""What the Browse page remembers about one visitor besides the values of its widgets."""

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st

from mnist_core.analysis.query import Query


@dataclass
class BrowseState:
    """What one visitor did on the Browse page.

    Attributes:
        is_new: True until the page has read the URL that led the visitor here.
        image: the number of the image that the visitor opened, None when they opened none or closed it; it is kept on
            visits to other pages.
        cell: the label and the answer of the chosen cell of the confusion matrix, None when none is chosen.
        mistake: the image that was shown last while none was open, after the model and the split that it was shown for.
        last_selection: the split and the query that the grid showed last; a new one starts on page 1.
        turns_to_image: True when the grid has to turn to the page with the opened image.
    """

    is_new: bool = True
    image: int | None = None
    cell: tuple[int, int] | None = None
    mistake: tuple[Hashable, int] | None = None
    last_selection: tuple[str, Query] | None = None
    turns_to_image: bool = False


def browse_state() -> BrowseState:
    """Return this visitor's state of the Browse page."""
    if "browse_state" not in st.session_state:
        st.session_state.browse_state = BrowseState()
    state: BrowseState = st.session_state.browse_state
    return state
