"""What a hidden layer adds: networks of any width, with and without a ReLU, beside the linear model."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.kept import kept
from app_pages.lessons.controls.log_axes import with_log_axes
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.progress import Progress
from mnist_core.training.hidden_layer import STEPS, WIDTHS, HiddenRun, train_hidden

WIDTH, RELU, TRAINED, RUNS = (f"course_mlp_{name}" for name in ("width", "relu", "trained", "runs"))
DEFAULT = 2
LINEAR = (0, False)  # the linear model, as width and whether it has a ReLU
SENTENCE = (
    "Each hidden unit has a template, and the ReLU after it keeps what is positive. **Try it:** how many hidden "
    "units does it take to beat the linear model? Then switch the ReLU off, and try to beat it with more units."
)


def render_mlp() -> None:
    """Train with as many hidden units as the slider says, and show all trained so far beside the linear model."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        width = int(st.select_slider("Hidden units", WIDTHS, DEFAULT, key=WIDTH, width=320))
        has_relu = st.toggle("ReLU", value=True, key=RELU, width="content")
        st.button(
            "Train",
            key="course_mlp_train",
            icon=":material/play_arrow:",
            type="primary",
            on_click=_train,
            args=((width, has_relu),),
        )
    asked: list[tuple[int, bool]] = st.session_state.get(TRAINED, [])
    if not asked:
        return
    linear = _run_of(*LINEAR)
    runs = [run for run in (_run_of(*each) for each in asked) if run]
    if linear and runs:
        _render_runs(linear, runs)


def _train(network: tuple[int, bool]) -> None:
    asked: list[tuple[int, bool]] = st.session_state.get(TRAINED, [])
    st.session_state[TRAINED] = [*(each for each in asked if each != network), network]


def _run_of(width: int, has_relu: bool) -> HiddenRun | None:
    train = resources.available_split("train")
    request = (width, has_relu, train.source, fingerprint())
    words = f"Training {network_of(width, has_relu)}"

    def begin() -> Progress[HiddenRun]:
        return train_hidden(train, width, has_relu=has_relu)

    return kept(RUNS, request, lambda: computed("course_mlp", request, begin, words, is_shared=True))


def network_of(width: int, has_relu: bool) -> str:
    """Return what the page calls a network."""
    return f"{width} hidden units {'with' if has_relu else 'without'} a ReLU" if width else "the linear model"


def _render_runs(linear: HiddenRun, runs: Sequence[HiddenRun]) -> None:
    words = finding(linear, runs[-1])
    st.markdown(words)
    lines = [
        Line(name, [(run.width, 100 * run.accuracy) for run in kind], place, has_dots=True)
        for place, (name, has_relu) in enumerate((("with a ReLU", True), ("without", False)))
        if (kind := sorted((run for run in runs if run.has_relu == has_relu), key=lambda run: run.width))
    ]
    level = Line("linear model", [(end, 100 * linear.accuracy) for end in (WIDTHS[0], WIDTHS[-1])], 2)
    chart = curve_chart("Validation accuracy (%)", "hidden units", [*lines, level], x_range=(WIDTHS[0], WIDTHS[-1]))
    render_chart(
        with_log_axes(chart, x=2),
        name="Accuracy by width",
        finding=words,
        numbers=lambda: runs_table([linear, *runs]),
        key="course_mlp_curves",
        height=360,
    )
    st.caption(f"Each is trained for {STEPS} steps with Adam, from the same seed and with the same mini-batches.")


def finding(linear: HiddenRun, run: HiddenRun) -> str:
    """Return in words how good a network is, beside the linear model, and why."""
    points = 100 * (run.accuracy - linear.accuracy)
    differs = f"{abs(points):.1f} points {'more' if points > 0 else 'less'} than the linear model"
    than = differs if abs(points) >= 0.05 else "as much as the linear model"
    good = f"{network_of(run.width, run.has_relu)} give **{percent(run.accuracy, escaped=False)}**, {than}."
    if run.has_relu:
        return f"{good} They take {run.parameters:,} parameters; the linear model has {linear.parameters:,}."
    return f"{good} Two linear layers in a row are one linear layer, however many units are between them."


def runs_table(runs: Sequence[HiddenRun]) -> pd.DataFrame:
    """Return a row per network."""
    return pd.DataFrame(
        {
            "Hidden units": [run.width for run in runs],
            "ReLU": [run.has_relu for run in runs],
            "Parameters": [run.parameters for run in runs],
            "Accuracy (%)": [round(100 * run.accuracy, 2) for run in runs],
        }
    )
