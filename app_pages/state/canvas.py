"""The visitor's drawing, and the canvas that shows it."""

from typing import Any

import streamlit as st
import torch

from app_pages.state import resources
from app_pages.state.own_runs import active_predictor
from app_pages.state.session import session
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import Prediction


def canvas_drawing() -> dict[str, Any] | None:
    """Return this visitor's drawing as Fabric.js keeps it, up to the last stroke that the canvas sent.

    NOTE: what the canvas returns when it is shown comes too late for an answer that is to be sent before it.
    """
    here = session()
    if here.canvas_visit != here.visits:  # back from another page: a new canvas begins with what was drawn
        here.canvas_visit = here.visits
        show_on_canvas(here.drawing)
    sent = st.session_state.get(here.canvas_key, {}).get("drawing")
    if sent:
        here.drawing = sent["raw"]
    return here.drawing


def show_on_canvas(drawing: dict[str, Any] | None) -> None:
    """Put a Fabric.js drawing, or None for an empty one, on a new canvas.

    NOTE: the canvas must never be fed what it just sent, or it draws and sends it again without end.
    """
    here = session()
    here.drawing = here.restored = drawing
    here.canvas += 1


def undo_stroke() -> None:
    """Take back the last stroke, also one that no page has shown yet."""
    drawn = canvas_drawing() or {}
    show_on_canvas({**drawn, "objects": drawn.get("objects", [])[:-1]})


def flip_step(step: str) -> None:
    """Switch a step of the ink's recipe off, or on again."""
    session().left_out ^= {step}


def drawn_tensor() -> torch.Tensor | None:
    """Return the visitor's last drawing as a model takes it, (1, 28, 28) float32, or None without one."""
    drawing = session().drawing
    stages = preprocess(strokes_from_fabric(drawing)) if drawing else None
    return stages.tensor if stages else None


def example_prediction() -> Prediction:
    """Return what the active model makes of an example, another one on each visit of the page."""
    predictor, drawing = active_predictor(), example()
    found: Prediction = resources.run_inference(lambda: predictor.predict(drawing))
    return found


def example() -> Strokes:
    """Return the strokes of this visit's example."""
    drawings = resources.examples()
    return drawings[(resources.FIRST_EXAMPLE + session().visits) % len(drawings)]
