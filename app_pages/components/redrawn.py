"""What the Draw page says about an image of Browse that is on the canvas: it was redrawn, and both are read."""

from dataclasses import dataclass

import streamlit as st
import torch

from app_pages.components.html import percent
from app_pages.state import own_runs, resources
from app_pages.state.session import session
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.strokes import Strokes

KEY = "redrawn"


@dataclass(frozen=True)
class Redrawn:
    """An image whose strokes were put on the canvas.

    Attributes:
        image: (28, 28) uint8.
        name: such as "Test image 7".
        strokes: what was put on the canvas.
    """

    image: torch.Tensor
    name: str
    strokes: tuple[Strokes, ...]


def remember(image: torch.Tensor, name: str) -> None:
    """Note that the strokes on the canvas are an image, (28, 28) uint8, redrawn."""
    st.session_state[KEY] = Redrawn(image, name, session().strokes)


def say_redrawn() -> None:
    """While an image of Browse is on the canvas as it came: say that it was redrawn, and how the model reads both."""
    redrawn = st.session_state.get(KEY)
    drawing = session().drawing
    if redrawn is None or drawing is None or session().strokes != redrawn.strokes:
        return
    predictor = own_runs.active_predictor()
    image = resources.run_inference(lambda: predictor.probabilities(normalise(redrawn.image[None])))[0]
    strokes = resources.run_inference(lambda: predictor.predict(drawing))
    if strokes.label is None:
        return
    answers = (int(image.argmax()), float(image.max())), (strokes.label, strokes.probability)
    before, after = (f"**{label}** at {percent(probability, escaped=False)}" for label, probability in answers)
    st.info(
        f"{redrawn.name} was redrawn as strokes, so that you can edit it. "
        f"The model reads the image as {before} and the strokes as {after}.",
        icon=":material/draw:",
    )
