"""In a presentation: the buttons that lead to the thing before and the thing after, which the arrow keys press too."""

from collections.abc import Callable

import streamlit as st

from app_pages.components.presentation import FOLLOWING, PREVIOUS

STYLE = """<style>
.st-key-present_turn { position: fixed; top: .4rem; left: 2rem; z-index: 100; width: auto; }
.st-key-present_turn button { min-height: 1.6rem; padding-block: 0; font-size: .6rem; }
[data-testid="stMainBlockContainer"] { padding-top: 2.6rem; }
</style>"""


def turn_buttons(place: int, count: int, turn: Callable[[int], None]) -> None:
    """Offer the thing before and the thing after.

    Args:
        place: of the thing that is shown, from 0.
        count: how many there are.
        turn: called with the place of the thing to show, before the page runs again.
    """
    st.html(STYLE)
    with st.container(horizontal=True, gap="small", key="present_turn"):
        for label, icon, key, there in (
            ("Back", "arrow_back", PREVIOUS, place - 1),
            ("Next", "arrow_forward", FOLLOWING, place + 1),
        ):
            is_there = 0 <= there < count
            st.button(label, icon=f":material/{icon}:", key=key, disabled=not is_there, on_click=turn, args=(there,))
