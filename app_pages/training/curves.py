"""The curves of training: loss, test accuracy and learning rate against steps or seconds."""

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent
from app_pages.components.palette import ink
from app_pages.state import resources
from app_pages.training.charts import X_AXES, accuracy_chart, accuracy_table, loss_chart, loss_table, rate_chart
from app_pages.training.findings import accuracy_finding, loss_finding, rate_finding
from mnist_core.runs.curves import Curves, curves, planned_rate
from mnist_core.runs.history import MAX_POINTS
from mnist_core.runs.limits import count_steps
from mnist_core.runs.run import Run, RunState

HEIGHT, RATE_HEIGHT = 340, 200  # px
LIVE_POINTS = 150  # of a line while it grows; more cannot be seen, and every one is drawn at every refresh


def choose_axis(run: Run) -> None:
    """Ask what a run's curves are drawn against, unless it never began."""
    if run.history or run.state.is_alive:
        st.segmented_control(
            "Horizontal axis",
            list(X_AXES),
            format_func=str.capitalize,
            default="steps",
            required=True,
            key="train_axis",
            label_visibility="collapsed",
        )


def render_curves(run: Run) -> None:
    """Show a run's loss and test accuracy, against steps or seconds; nothing if it never began."""
    if not run.history:
        if run.state is RunState.TRAINING:  # not while it waits, perhaps for long
            with st.container(key="train_still"):  # a placeholder that moves would take time from the training
                st.skeleton(height=HEIGHT)
        return
    axis, steps = st.session_state.get("train_axis") or "steps", run.history.last.steps
    shown = curves(run.history, LIVE_POINTS if run.state.is_alive else MAX_POINTS)
    render_loss_and_accuracy(shown, axis, float(steps) if axis == "steps" else None, "train")


def render_rate(run: Run) -> None:
    """Show the learning rate that is planned for each step of a run; it does not change while the run trains."""
    if run.history:
        steps = run.history.last.steps
    elif run.state.is_alive:
        steps = count_steps(run.config, len(resources.available_split("train")))
    else:
        return
    planned = planned_rate(run.config, steps, LIVE_POINTS)
    render_chart(
        rate_chart(*planned, accent()),
        name="Learning rate",
        finding=rate_finding(*planned),
        numbers=lambda: pd.DataFrame(dict(zip(("step", "learning rate"), planned, strict=True))),
        key="train_rate",
        height=RATE_HEIGHT,
    )


def render_loss_and_accuracy(shown: Curves, axis: str, end: float | None, key: str) -> None:
    """Show loss and test accuracy side by side, up to `end` steps or seconds where that is known."""
    loss, accuracy = st.columns(2)
    with loss:
        render_chart(
            loss_chart(shown, axis, end, accent(), ink()),
            name="Loss",
            finding=loss_finding(shown),
            numbers=lambda: loss_table(shown),
            key=f"{key}_loss",
            height=HEIGHT,
        )
    with accuracy:
        render_chart(
            accuracy_chart(shown, axis, end, accent()),
            name="Test accuracy",
            finding=accuracy_finding(shown),
            numbers=lambda: accuracy_table(shown),
            key=f"{key}_accuracy",
            height=HEIGHT,
        )
