"""How a page runs again by itself, without losing what the visitor did meanwhile."""

from typing import NoReturn

import streamlit as st


def run_again() -> NoReturn:
    """Run the whole page again from a part that refreshes itself; what the browser asked for meanwhile comes first.

    NOTE: Streamlit makes one request of that of `st.rerun` and of one that waits, and forgets that the one that waits
    was Back or Forward in the browser: the press is lost. With an element, the one that waits is taken first. Not for
    callbacks, whose elements take the place of the page's first ones.
    """
    st.empty()
    st.rerun()
