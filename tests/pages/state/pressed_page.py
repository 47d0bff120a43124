"""A page that counts how often its buttons were pressed; `tests/pages/state/test_presses.py` presses them."""

import os
import time

import streamlit as st

from app_pages.state.presses import keep_presses
from app_pages.state.run_ends import keep_last_messages

CALLBACK_TIME = 0.05  # s, between the two counts of a press
LINES, LINE_TIME = 10, 0.01  # written in a run, and s for each

if "CURED" in os.environ:
    keep_presses()
    keep_last_messages()


def count(key: str) -> None:
    """Count a press twice: when it begins and when it ends."""
    counts = st.session_state.setdefault("counts", {})
    counts[key] = counts.get(key, 0) + 1
    time.sleep(CALLBACK_TIME)
    st.session_state[f"{key}_ends"] = st.session_state.get(f"{key}_ends", 0) + 1


@st.fragment
def part() -> None:
    """Be a part that runs alone when its button is pressed."""
    st.button("Part", key="part", on_click=count, args=("part",))


st.button("Page", key="page", on_click=count, args=("page",))
part()
st.toggle("Is on", key="toggle")
for line in range(LINES):
    st.write(f"line {line}")
    time.sleep(LINE_TIME)
begun = st.session_state.get("counts", {})
for key in ("page", "part"):
    st.write(f"{key} {begun.get(key, 0)} begun, {st.session_state.get(f'{key}_ends', 0)} ended")
st.write(f"toggle {'on' if st.session_state.toggle else 'off'}")
