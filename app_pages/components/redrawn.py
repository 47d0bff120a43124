"""What the Draw page says about an image of Browse that is on the canvas: it was redrawn, and both are read."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
import torch

from app_pages.components.html import NARROW, percent
from app_pages.state import own_runs, resources
from app_pages.state.session import session
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import Prediction

KEY = "redrawn"
# On a phone the canvas and the answer come first, so that both stay on the screen.
STYLE = f"""<style>
@media (max-width: {NARROW}) {{
  [data-testid="stLayoutWrapper"]:has(> .st-key-draw_row) {{ order: -1; }}
  .st-key-{KEY} [data-testid="stAlertContainer"] {{ padding: .5rem .75rem; }}
  .st-key-{KEY} p {{ font-size: .85rem; line-height: 1.35; }}
}}
</style>"""


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


def say_redrawn(digits: Sequence[Prediction]) -> None:
    """While an image of Browse is on the canvas as it came: say that it was redrawn, and how the model reads both.

    Args:
        digits: what the active model makes of the canvas, from left to right.
    """
    redrawn = st.session_state.get(KEY)
    if redrawn is None or not _are_same(session().strokes, redrawn.strokes) or not digits:
        return
    predictor = own_runs.active_predictor()
    image = resources.run_inference(lambda: predictor.probabilities(normalise(redrawn.image[None])))[0]
    number = "".join(str(digit.label) for digit in digits)
    sure = min((digit.probability for digit in digits), default=0.0)
    st.html(STYLE)
    st.container(key=KEY).info(
        f"{redrawn.name} was redrawn as strokes, so that you can edit it. The model reads the image as "
        f"{_answer(str(int(image.argmax())), float(image.max()))} and the strokes as {_answer(number, sure)}.",
        icon=":material/draw:",
    )


def _answer(number: str, probability: float) -> str:
    return f"**{number}** at {percent(probability, escaped=False)}"


def _are_same(strokes: tuple[Strokes, ...], others: tuple[Strokes, ...]) -> bool:
    """Tell whether two drawings consist of the very same strokes."""
    return len(strokes) == len(others) and all(one is other for one, other in zip(strokes, others, strict=True))
