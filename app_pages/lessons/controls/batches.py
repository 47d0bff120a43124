"""How noisy the gradient of a mini-batch is: the first second of softmax regression with mini-batches of any size."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.training.batch_noise import BATCH_SIZES, RATE, SECONDS, BatchRun, train_with_batches

SIZE, TRAINED = "course_batches_size", "course_batches_trained"
DEFAULT = 1
SENTENCE = (
    "The gradient of a mini-batch is an estimate of the gradient over all images. A small one is quick to compute and "
    "noisy; a large one is exact and slow. **Try it:** which batch size is best after 0.2 s, and which is the calmest? "
    "Predict, then train all four."
)


def render_batches() -> None:
    """Train with the batch size of the slider, and show how the accuracy grew with it and with those before it."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        size = int(st.select_slider("Batch size (images)", BATCH_SIZES, DEFAULT, key=SIZE, width=320))
        st.button(
            f"Train for {SECONDS:g} s",
            key="course_batches_train",
            icon=":material/play_arrow:",
            type="primary",
            on_click=_train,
            args=(size,),
        )
    asked: list[int] = st.session_state.get(TRAINED, [])
    runs = [run for run in map(_run_with, asked) if run]
    if runs:
        _render_runs(sorted(runs, key=lambda run: run.batch_size))


def _train(size: int) -> None:
    asked: list[int] = st.session_state.get(TRAINED, [])
    st.session_state[TRAINED] = [*(each for each in asked if each != size), size]


def _run_with(size: int) -> BatchRun | None:
    train = resources.available_split("train")
    return computed(
        "course_batches",
        (size, train.source, fingerprint()),
        lambda: train_with_batches(train, size),
        f"Training with mini-batches of {images(size)}",
        is_shared=True,
    )


def _render_runs(runs: Sequence[BatchRun]) -> None:
    finding = finding_of(runs)
    st.markdown(finding)
    lines = [
        Line(
            images(run.batch_size),
            [(at, 100 * accuracy) for at, accuracy in zip(run.seconds[1:], run.accuracies[1:], strict=True)],
            BATCH_SIZES.index(run.batch_size),
        )
        for run in runs
    ]
    render_chart(
        curve_chart("Validation accuracy (%)", "training time (s)", lines, x_range=(0.0, SECONDS)),
        name="Accuracy by batch size",
        finding=finding,
        numbers=lambda: points_table(runs),
        key="course_batches_curves",
        height=360,
    )
    whole = st.column_config.NumberColumn(format="localized")
    columns = dict.fromkeys(("Batch size", "Steps", "Images seen"), whole)
    st.dataframe(summary_table(runs), hide_index=True, height="content", column_config=columns)
    st.caption(
        "Noise: how far the gradient of the first mini-batch is off from the gradient over all images, as a multiple "
        f"of its length. 16 times the images make a quarter of the noise. The learning rate is {RATE:g} for all."
    )


def finding_of(runs: Sequence[BatchRun]) -> str:
    """Return in words which batch size leads in the end, and how far each moved up and down on the way."""
    best = max(runs, key=lambda run: run.accuracies[-1])
    swings = ", ".join(f"{100 * run.swing:.1f} points with {images(run.batch_size)}" for run in runs)
    return (
        f"After {SECONDS:g} s, mini-batches of {images(best.batch_size)} give {percent(best.accuracies[-1])}. "
        f"In the second half, the accuracy swings by {swings}."
    )


def images(count: int) -> str:
    """Return a number of images in words."""
    return f"{count:,} image{'' if count == 1 else 's'}"


def summary_table(runs: Sequence[BatchRun]) -> pd.DataFrame:
    """Return a row per batch size: its steps, what it saw, its noise and its accuracy in the end."""
    return pd.DataFrame(
        {
            "Batch size": [run.batch_size for run in runs],
            "Noise (×)": [round(run.noise, 2) for run in runs],
            "Accuracy (%)": [round(100 * run.accuracies[-1], 1) for run in runs],
            "Steps": [run.steps for run in runs],
            "Images seen": [run.images[-1] for run in runs],
        }
    )


def points_table(runs: Sequence[BatchRun]) -> pd.DataFrame:
    """Return all evaluations, a row each."""
    return pd.DataFrame(
        [
            {
                "Batch size": run.batch_size,
                "Time (s)": round(seconds, 3),
                "Images seen": seen,
                "Accuracy (%)": round(100 * accuracy, 2),
                "Loss (nats)": round(loss, 4),
            }
            for run in runs
            for seconds, seen, accuracy, loss in zip(run.seconds, run.images, run.accuracies, run.losses, strict=True)
        ]
    )
