"""The visitor's drawing, and what the canvas that shows it begins with.

The canvas widget uses Fabric.js JSON. It is converted here, in both directions; the rest of the app sees `Strokes`.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st
import torch

from app_pages.state import resources
from app_pages.state.session import session
from mnist_core.ink.fabric import fabric_from_strokes, stroke_by_stroke
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import Prediction, Predictor

INK, PAPER = "#ffffff", "#000000"  # MNIST's own colours


def current_drawing() -> Strokes | None:
    """Return this visitor's drawing, up to the last stroke that the canvas sent; None when it is blank.

    NOTE: the return value of the canvas comes too late for an answer that is to be sent before the canvas.
    """
    state = session()
    if state.canvas_visit != state.visits:  # back from another page: a new canvas begins with the drawing
        state.canvas_visit = state.visits
        _start_canvas()
    sent = st.session_state.get(state.canvas_key)
    if isinstance(sent, Mapping) and isinstance(sent.get("drawing"), Mapping):  # any browser may send anything
        state.strokes = stroke_by_stroke(sent["drawing"].get("raw"))
    return state.drawing


def show_on_canvas(drawing: Strokes | None) -> None:
    """Show a drawing, or None for a blank one, on a new canvas."""
    session().drawing = drawing
    _start_canvas()


def undo_stroke() -> None:
    """Remove the last stroke, even one that no run of the page has shown yet."""
    current_drawing()
    session().strokes = session().strokes[:-1]
    _start_canvas()


def initial_drawing() -> dict[str, Any] | None:
    """Return the Fabric.js drawing that the canvas on the screen began with; None when it began blank.

    Each stroke keeps its own brush width, so that the canvas shows what was drawn. Points are rounded to 0.0001 px.
    """
    paths = [path for stroke in session().initial_strokes for path in fabric_from_strokes(stroke, INK)["objects"]]
    return {"objects": paths} if paths else None


def toggle_step(step: str) -> None:
    """Switch a step of the preprocessing recipe off, or on again."""
    session().disabled_steps ^= {step}


def drawn_tensor() -> torch.Tensor | None:
    """Return the visitor's last drawing as model input, (1, 28, 28) float32; None when it is blank."""
    drawing = session().drawing
    stages = preprocess(drawing) if drawing else None
    return stages.tensor if stages else None


def example_drawing() -> Strokes:
    """Return the example for this visit: each visit to the page shows another one."""
    drawings = resources.examples()
    return drawings[(resources.FIRST_EXAMPLE + session().visits) % len(drawings)]


def example_prediction(predictor: Predictor) -> Prediction:
    """Return a model's prediction for the example shown on this visit."""
    drawing = example_drawing()
    prediction: Prediction = resources.run_inference(lambda: predictor.predict(drawing))
    return prediction


def _start_canvas() -> None:
    """Put a new canvas on the screen that begins with the drawing.

    NOTE: an existing canvas must never be given what it just sent: it would draw and send that again without end.
    """
    state = session()
    state.initial_strokes = state.strokes
    state.canvas += 1
