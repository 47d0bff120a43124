"""Ask for the teacher's password."""

import streamlit as st

from app_pages.state import teacher


def render_log_in(page: str) -> None:
    """Ask for the teacher's password; show the page again to whoever knows it.

    Args:
        page: what the keys of the widgets begin with.
    """
    with st.form(f"{page}_log_in", border=False):
        st.text_input("Password", type="password", max_chars=teacher.MAX_LENGTH, key=f"{page}_password")
        st.form_submit_button("Log in", on_click=_log_in, args=(page,), key=f"{page}_log_in_press")
        if st.session_state.get(f"{page}_refused"):
            st.error("That isn't the teacher's password.")


def _log_in(page: str) -> None:
    """Become the teacher, and show the whole page again; or have the page say why not."""
    is_teacher = teacher.log_in(st.session_state[f"{page}_password"])
    st.session_state[f"{page}_refused"] = not is_teacher
    if is_teacher:
        st.rerun()
