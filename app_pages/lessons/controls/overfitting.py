"""Overfitting: a perceptron trained on few images, right about all of them and about fewer of the others."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.training.overfitting import SIZES, OverfittingRun, train_on_few

SIZE, MEASURE, TRAINED = "course_overfitting_size", "course_overfitting_measure", "course_overfitting_trained"
ACCURACY, LOSS = "Accuracy", "Loss"
DEFAULT = 100
SENTENCE = (
    "A model with 101,770 parameters can learn a few images by heart. Only images that it has not seen show what it "
    "understood. **Try it:** how many images does it need before the two curves meet? And when does the validation "
    "loss begin to rise?"
)


def render_overfitting() -> None:
    """Train on as many images as the slider says, and show the accuracy on them beside that on others."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        size = int(st.select_slider("Training images", SIZES, DEFAULT, key=SIZE, width=320, format_func="{:,}".format))
        measure = st.segmented_control("Show", [ACCURACY, LOSS], default=ACCURACY, required=True, key=MEASURE)
    train = resources.available_split("train")
    run = computed(
        "course_overfitting",
        (size, train.source, fingerprint()),
        lambda: train_on_few(train, size),
        f"Training an MLP on {size:,} images",
        is_shared=True,
    )
    if run is None:
        return
    st.markdown(finding(run))
    _render_curves(run, is_loss=measure == LOSS)
    trained: dict[int, OverfittingRun] = st.session_state.setdefault(TRAINED, {})
    trained[run.images] = run
    if len(trained) > 1:
        st.dataframe(gaps_table([trained[count] for count in sorted(trained)]), hide_index=True, height="content")


def finding(run: OverfittingRun) -> str:
    """Return in words how far apart the two accuracies are in the end."""
    return (
        f"In the end it answers {share(run.accuracies[-1])} of its {run.images:,} training images correctly, and "
        f"{share(run.validation_accuracies[-1])} of {run.kept:,} others: a gap of {100 * run.gap:.1f} points."
    )


def share(fraction: float) -> str:
    """Return a fraction as text; unlike a probability, it may be all."""
    return "100%" if fraction == 1 else percent(fraction, escaped=False)


def _render_curves(run: OverfittingRun, *, is_loss: bool) -> None:
    on_known, on_others = (
        (run.losses, run.validation_losses) if is_loss else (run.accuracies, run.validation_accuracies)
    )
    scale = 1 if is_loss else 100
    lines = [
        Line(name, [(step, scale * value) for step, value in zip(run.steps, values, strict=True)], place)
        for place, (name, values) in enumerate((("training images", on_known), ("validation images", on_others)))
    ]
    render_chart(
        curve_chart(
            "Loss (nats)" if is_loss else "Accuracy (%)",
            "step",
            lines,
            x_range=(0, run.steps[-1]),
            y_range=None if is_loss else (0, 100),
        ),
        name="Training and validation",
        finding=finding(run),
        numbers=lambda: points_table(run),
        key="course_overfitting_curves",
        height=360,
    )


def points_table(run: OverfittingRun) -> pd.DataFrame:
    """Return all evaluations, a row each."""
    return pd.DataFrame(
        {
            "Step": run.steps,
            "Training accuracy (%)": [round(100 * each, 1) for each in run.accuracies],
            "Validation accuracy (%)": [round(100 * each, 1) for each in run.validation_accuracies],
            "Training loss (nats)": [round(each, 4) for each in run.losses],
            "Validation loss (nats)": [round(each, 4) for each in run.validation_losses],
        }
    )


def gaps_table(runs: Sequence[OverfittingRun]) -> pd.DataFrame:
    """Return a row per number of training images: the two accuracies in the end, and their gap."""
    return pd.DataFrame(
        {
            "Images": [run.images for run in runs],
            "Training (%)": [round(100 * run.accuracies[-1], 1) for run in runs],
            "Validation (%)": [round(100 * run.validation_accuracies[-1], 1) for run in runs],
            "Gap (points)": [round(100 * run.gap, 1) for run in runs],
        }
    )
