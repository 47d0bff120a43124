"""A page for the journeys: the controls of the course, one at a time, without the course around them."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[2]))

from app_pages.components.html import style
from app_pages.lessons.controls import CONTROLS

st.set_page_config(page_title="Controls", layout="wide")
style()
st.title("Learn", anchor=False)
asked = st.query_params.get("step", "")
step = st.pills("Step", list(CONTROLS), default=asked if asked in CONTROLS else "gradient", required=True, key="step")
st.header("Try it", anchor=False)  # a heading of the second level, as above a control in the course
CONTROLS[str(step)]()
