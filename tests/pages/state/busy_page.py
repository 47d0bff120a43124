"""A page whose server takes so long for a request that a run ends meanwhile: what happens seldom, every time.

`tests/pages/state/test_run_ends.py` runs it; `tests/benchmarks/run_ends.py` without the delay, to see how seldom.
"""

import os
import time

import streamlit as st
from streamlit.runtime.app_session import AppSession

from app_pages.state import run_ends

REQUEST_TIME = float(os.environ.get("REQUEST_TIME", "1.0"))  # s that the server takes to be asked for a part
RUN_TIME = float(os.environ.get("RUN_TIME", "0.1"))  # s, much less than that
LINES = 30  # written in a run


@st.cache_resource
def prepare() -> None:
    """Slow the requests down, and cure what that does if the environment says so; once in the process."""
    known = AppSession.has_fragment

    def slowly_known(session: AppSession, fragment: str) -> bool:
        is_known = known(session, fragment)
        time.sleep(REQUEST_TIME)
        return is_known

    setattr(AppSession, "has_fragment", slowly_known)  # noqa: B010 - mypy lets no method be assigned
    if "CURED" in os.environ:
        run_ends.keep_last_messages()


@st.fragment
def long_part() -> None:
    """Show how often it ran, at its end."""
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.button("Run", key="long")
    time.sleep(RUN_TIME)
    for line in range(LINES):
        st.write(f"line {line} of run {st.session_state.runs}")
    st.write(f"the end of run {st.session_state.runs}")


@st.fragment
def short_part() -> None:
    """Be there to be asked for."""
    st.button("Ask", key="short")


prepare()
long_part()
short_part()
