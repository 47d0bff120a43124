"""Two pages, of which the first has a part that takes its time; for `tests/pages/state/test_page_changes.py`."""

import os
import time

import streamlit as st

from app_pages.state.presses import keep_presses
from app_pages.state.run_ends import keep_last_messages

PART_TIME, PAGE_TIME = 0.3, 0.6  # s; what comes late comes within it

if "CURED" in os.environ:
    keep_presses()
    keep_last_messages()


def count() -> None:
    """Count a press."""
    st.session_state.pressed = st.session_state.get("pressed", 0) + 1


@st.fragment
def part() -> None:
    """Be a part that runs alone, slowly."""
    is_pressed = st.button("Part", key="part")
    time.sleep(PART_TIME if "is_complete" in st.session_state else 0)
    if is_pressed:
        st.rerun()


def first() -> None:
    """Show a part and a button."""
    part()
    st.button("Page", key="page", on_click=count)
    st.session_state.is_complete = True
    st.write("the first page")


def second() -> None:
    """Show how often the button of the first page was pressed, and what led here."""
    st.write(f"pressed {st.session_state.get('pressed', 0)} times, place {st.query_params.get('place')}")
    time.sleep(PAGE_TIME)
    st.write("the second page")


st.navigation([st.Page(first, title="First", default=True), st.Page(second, title="Second")]).run()
