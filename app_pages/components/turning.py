"""One thing of several: in a presentation, buttons that the arrow keys press too lead to the one before and after."""

from collections.abc import Callable, Mapping

import streamlit as st

from app_pages.components.presentation import FOLLOWING, PREVIOUS, is_presenting
from app_pages.state import address
from app_pages.state.widgets import shown_value

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


def choose_one(titles: Mapping[str, str], label: str, parameter: str, key: str) -> str:
    """Ask which of several things to show, and keep it in the URL; in a presentation, lead from one to the next.

    Args:
        titles: what the page calls each, by its key; the first one is the default.
        label: what is chosen, for screen readers.
        parameter: the name in the URL.
        key: the widget's key.

    Returns:
        The key of the one to show.
    """
    keys = list(titles)
    address.restore_choice(parameter, keys, key)
    if is_presenting():
        shown = str(st.session_state.get(key))
        place = keys.index(shown) if shown in titles else 0
        turn_buttons(place, len(keys), lambda there: st.session_state.update({key: keys[there]}))
        chosen = keys[place]
    else:
        asked: str | None = st.pills(
            label,
            keys,
            format_func=titles.__getitem__,
            default=shown_value(key, keys[0]),
            required=True,
            key=key,
            persist_state="session",
            label_visibility="collapsed",
        )
        chosen = asked or keys[0]
    address.put(parameter, *([chosen] if chosen != keys[0] else []))
    return chosen
