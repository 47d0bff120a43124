"""What the widgets on a page show."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def show_value(key: str, value: T) -> T:
    """Have the widget with a key show a value, before it is drawn; returns the value, for its default.

    A value that it has is not set again. Streamlit tells the browser each value that is set, and the browser takes it,
    although the visitor may have chosen another one meanwhile. What the page then asks for by itself, such as its
    progress, brings the old value back to the server, and the click is lost.

    The widget's default has to be the value too. When the page runs again before the browser has drawn the run that
    told it the value, the browser shows the default, and tells that to the server with what the visitor does next.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return value


def shown_value(key: str, first: T) -> T:
    """Return what the widget with a key is about to show, for its default: what is kept for it, at first `first`."""
    value: T | None = st.session_state.get(key)
    return first if value is None else value


def shown_place(key: str, options: Sequence[object], first: int = 0) -> int:
    """Return the place in its options of what a widget is about to show, for its default; `first` when it has none."""
    value = st.session_state.get(key)
    return options.index(value) if value in options else first
