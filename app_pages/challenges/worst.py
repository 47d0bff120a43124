"""The challenge to write as badly as is still read: the canvas, how unusual the digit is, and its neighbours."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from app_pages.challenges.figures import figures_html, meter_html, neighbours_html, verdict_html
from app_pages.challenges.models import choose_model
from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.html import percent
from app_pages.state import canvas, resources
from app_pages.state.challenges import challenges_state, record
from app_pages.state.computations import computed
from app_pages.state.examples import examples
from app_pages.state.session import session
from app_pages.state.widgets import shown_value
from mnist_core.challenges.fooling import added_lines
from mnist_core.challenges.unusual import (
    Neighbours,
    nearest_neighbours,
    problem_of,
    score_of,
    share_nearer,
    usual_distances,
)
from mnist_core.constants import CLASSES
from mnist_core.data.split import fingerprint
from mnist_core.recognition.predictor import Prediction, Predictor

DIGIT = "challenges_digit"  # the key of the widget
FIRST_DIGIT = 3


@dataclass(frozen=True)
class Reading:
    """A drawing as the model reads it.

    Attributes:
        prediction: the model's.
        picture: (28, 28) float32 in [0, 1], as the model sees it.
        neighbours: the training images of the digit to write that are nearest to it.
    """

    prediction: Prediction
    picture: np.ndarray
    neighbours: Neighbours


def render_worst(*, is_new: bool) -> None:
    """Show the challenge.

    Args:
        is_new: whether another challenge was on the screen before, or none.
    """
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        digit = choose_digit()
        model, spoken = choose_model("Model that reads it")
    predictor = resources.predictor_for(model)
    game = challenges_state().game
    if is_new and game and added_lines(game.target, session().strokes) is not None:
        canvas.clear()  # of the digit that is to be misread
    reading = read(predictor, digit)
    with st.container(horizontal=True, gap="large", key="challenges_row"):
        with st.container(key="challenges_ink", gap="small"):
            render_canvas(example=examples()[digit])
            render_tools()
        with st.container(key="challenges_answer", gap="small"):
            train, test = resources.available_split("train"), resources.available_split("test")
            usual = computed(
                "unusual",
                (digit, fingerprint()),
                lambda: usual_distances(train, test, digit),
                f"Comparing all {digit}s",
                is_shared=True,
            )
            if usual is not None:
                render_reading(digit, reading, usual, spoken)


def choose_digit() -> int:
    """Ask for the digit to write."""
    chosen: int | None = st.segmented_control(
        "Digit to write",
        range(CLASSES),
        default=shown_value(DIGIT, FIRST_DIGIT),
        required=True,
        key=DIGIT,
        persist_state="session",
        wrap=True,
    )
    return FIRST_DIGIT if chosen is None else chosen


def read(predictor: Predictor, digit: int) -> Reading | None:
    """Return what the model reads on the canvas, None when it is blank."""
    drawing, train = canvas.current_drawing(), resources.available_split("train")
    if drawing is None:
        return None

    def work() -> Reading | None:
        prediction = predictor.predict(drawing)
        if prediction.stages is None:
            return None
        picture = prediction.stages.centre
        return Reading(prediction, picture, nearest_neighbours(train, digit, torch.from_numpy(picture)))

    reading: Reading | None = resources.run_inference(work)
    return reading


def render_reading(digit: int, reading: Reading | None, usual: torch.Tensor, spoken: str) -> None:
    """Show whether the drawing counts, how unusual it is, and what is nearest to it.

    Args:
        digit: that is to be drawn.
        reading: of the drawing, None when the canvas is blank.
        usual: see `usual_distances`.
        spoken: what people call the model.
    """
    if reading is None:
        st.html(verdict_html(f"Write a {digit} that nobody has written before."))
        return
    prediction, distance = reading.prediction, reading.neighbours.distances[0]
    share, problem = share_nearer(usual, distance), problem_of(prediction, digit)
    st.html(verdict_html(problem or f"{spoken} reads your {digit}. It counts.", "" if problem else "Read!"))
    figures = [
        ("More unusual than", f"{share:.1%}", f"of test {digit}s"),
        ("Distance", f"{distance:.2f}", f"usual: {float(usual.median()):.2f}"),
        (f"{spoken} reads", str(prediction.label), f"{percent(prediction.probability, escaped=False)} sure"),
    ]
    note = f"Share of the {len(usual):,} test images of a {digit} that are nearer to a training image than yours."
    st.html(figures_html(figures) + meter_html(share, note))
    st.html(neighbours_html(reading.picture, digit, reading.neighbours))
    st.caption(f"The {digit}s of the training set that are nearest to yours, and their distances.")
    st.button(
        "Enter this one",
        type="primary",
        icon=":material/check:",
        disabled=bool(problem),
        on_click=enter,
        args=(digit, share, distance, prediction, spoken),
        key="challenges_enter",
    )


def enter(digit: int, share: float, distance: float, prediction: Prediction, spoken: str) -> None:
    """Put the drawing on the board, and begin a blank canvas."""
    record(score_of(digit, share, distance, prediction, spoken))
    canvas.clear()
