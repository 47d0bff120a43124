"""Draw a digit and read what the active model makes of it."""

from typing import Any

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from app_pages import show, state
from mnist_core.ink import SIDE
from mnist_core.reading import Reading
from mnist_core.strokes import CANVAS_SIZE, strokes_from_fabric

BRUSHES = (8, 40)  # px, the thinnest and the thickest
INK, PAPER = "#ffffff", "#000000"  # MNIST's own colours


def render_canvas() -> dict[str, Any] | None:
    """Show the canvas with its tools; returns the drawing as Fabric.js keeps it."""
    session = state.session()
    if st.session_state.get("draw_page_seen") != session.visits:  # back from another page: show what was drawn
        st.session_state.draw_page_seen = session.visits
        state.show_on_canvas(session.drawing)
    result = st_canvas(
        stroke_width=session.brush,
        stroke_color=INK,
        background_color=PAPER,
        width=CANVAS_SIZE,
        height=CANVAS_SIZE,
        initial_drawing=session.restored,
        key=f"draw_canvas_{session.canvas}",
    )
    if result.json_data is not None:
        session.drawing = result.json_data
    render_tools()
    return session.drawing


def render_tools() -> None:
    """Show Undo, Clear and the brush, which folds away: on a phone the answer has to follow close."""
    session = state.session()
    strokes = (session.drawing or {}).get("objects", [])
    row = st.container(horizontal=True)
    if row.button("Undo", icon=":material/undo:", width="stretch", disabled=not strokes, key="draw_undo"):
        state.show_on_canvas({**(session.drawing or {}), "objects": strokes[:-1]})
        st.rerun(scope="fragment")
    if row.button("Clear", icon=":material/delete:", width="stretch", disabled=not strokes, key="draw_clear"):
        state.show_on_canvas(None)
        st.rerun(scope="fragment")
    with row.popover("Brush", icon=":material/brush:", width="content"):
        session.brush = st.slider(
            "Brush (px)", *BRUSHES, value=session.brush, key="draw_brush", persist_state="session"
        )


def render_answer(reading: Reading) -> None:
    """Show the answer and the ten probabilities."""
    st.markdown("**What the model thinks**")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        answer, bars = st.container(width=190), st.container(width="stretch")
    with answer:
        if reading.label is None:
            show.answer("?", "Draw a digit, 0 to 9")
        elif reading.is_digit:
            show.answer(str(reading.label), f"{show.percent(reading.probability)} sure")
        else:
            show.answer(str(reading.label), "but probably not a digit")
    with bars:
        show.probability_bars(reading.probabilities, reading.label)


def render_seen(reading: Reading) -> None:
    """Show the picture that the model sees."""
    st.markdown("**What the model sees**")
    blank = np.zeros((SIDE, SIDE), dtype=np.float32)
    show.pixel_picture(reading.stages.centre if reading.stages else blank, CANVAS_SIZE, "the digit, 28 x 28 grey pixels")
    st.caption("28 x 28 grey pixels, made from your ink the way MNIST's were.")


@st.fragment
def render_drawing() -> None:
    """Show the canvas and the answer; a stroke reruns only this."""
    with st.container(horizontal=True, gap="large"):
        canvas = st.container(width=CANVAS_SIZE)
        answer = st.container(width="stretch")
        seen = st.container(width=CANVAS_SIZE)
    with canvas:
        st.markdown("**Your digit**")
        drawing = render_canvas()
    reading = state.active_reader().read(strokes_from_fabric(drawing))
    with answer:
        render_answer(reading)
    with seen:
        render_seen(reading)


state.heading("Draw", "Write a digit with the mouse, a finger or a pen, and the model says which one it is.")
render_drawing()
