"""What the last evaluation of a run says about each digit: the accuracy per digit and the mistakes."""

import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent, paper
from app_pages.components.palette import muted
from app_pages.training.charts import class_chart, class_table, confusion_chart, confusion_table
from app_pages.training.findings import class_finding, confusion_finding
from mnist_core.runs.run import Run

HEIGHT = 380  # px
NOT_EVALUATED = "This appears after the first evaluation."


def render_by_digit(run: Run) -> None:
    """Show how often each digit is read correctly, and what it is mistaken for."""
    evaluations = run.evaluations
    if not evaluations or evaluations[-1].confusion is None:
        st.info(NOT_EVALUATED)
        return
    step, confusion = evaluations[-1].step, evaluations[-1].confusion
    st.caption(f"The whole test set, evaluated after step {step:,}.")
    bars, table = st.columns(2)
    with bars:
        render_chart(
            class_chart(confusion, accent()),
            name="Accuracy per digit",
            finding=class_finding(confusion),
            numbers=lambda: class_table(confusion),
            key="train_classes",
            height=HEIGHT,
        )
    with table:
        render_chart(
            confusion_chart(confusion, accent(), paper(), muted()),
            name="Mistakes",
            finding=confusion_finding(confusion),
            numbers=lambda: confusion_table(confusion),
            key="train_confusion",
            height=HEIGHT,
        )
