"""The curves of training: loss, test accuracy and learning rate against steps or seconds."""

import streamlit as st

from app_pages.components.html import accent
from app_pages.training.charts import X_AXES, accuracy_chart, loss_chart, rate_chart
from mnist_core.runs.curves import Curves, curves, planned_rate
from mnist_core.runs.run import Run

HEIGHT, RATE_HEIGHT = 320, 200  # px


def render_curves(run: Run) -> None:
    """Show a run's loss, test accuracy and learning rate, against steps or seconds; nothing if it never began."""
    if not run.history and not run.state.is_alive:
        return
    axis = st.segmented_control(
        "Horizontal axis",
        list(X_AXES),
        format_func=str.capitalize,
        default="steps",
        required=True,
        key="train_axis",
        label_visibility="collapsed",
    )
    if not run.history:
        st.skeleton(height=HEIGHT)
        return
    axis, steps = axis or "steps", run.history.last.steps
    render_loss_and_accuracy(curves(run.history), axis, float(steps) if axis == "steps" else None, "train")
    rate = rate_chart(*planned_rate(run.config, steps), accent())
    st.echarts_chart(rate, key="train_rate", height=RATE_HEIGHT, alt="Planned learning rate")


def render_loss_and_accuracy(shown: Curves, axis: str, end: float | None, key: str) -> None:
    """Show loss and test accuracy side by side, up to `end` steps or seconds where that is known."""
    loss, accuracy = st.columns(2)
    with loss:
        st.echarts_chart(loss_chart(shown, axis, end, accent()), key=f"{key}_loss", height=HEIGHT, alt="Loss")
    with accuracy:
        chart = accuracy_chart(shown, axis, end, accent())
        st.echarts_chart(chart, key=f"{key}_accuracy", height=HEIGHT, alt="Test accuracy")
