"""What the widgets on a page show."""

import streamlit as st


def show_value(key: str, value: object) -> None:
    """Have the widget with a key show a value, before it is drawn.

    A value that it has is not set again. Streamlit tells the browser each value that is set, and the browser takes it,
    although the visitor may have chosen another one meanwhile. What the page then asks for by itself, such as its
    progress, brings the old value back to the server, and the click is lost.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
