"""Ask for the teacher's password."""

import streamlit as st

from app_pages.state import teacher


def render_log_in(page: str) -> None:
    """Ask for the teacher's password; show the page again to whoever knows it.

    Args:
        page: what the keys of the widgets begin with.
    """
    with st.form(f"{page}_log_in", border=False):
        attempt = st.text_input("Password", type="password", max_chars=teacher.MAX_LENGTH, key=f"{page}_password")
        if not st.form_submit_button("Log in", key=f"{page}_log_in_press"):
            return
        if teacher.log_in(attempt):
            st.rerun()
        st.error("That isn't the teacher's password.")
