"""What the last evaluation of a run says about each digit: the accuracy per digit and the mistakes."""

import streamlit as st

from app_pages.components.html import accent, paper
from app_pages.training.charts import class_chart, confusion_chart
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
        st.echarts_chart(
            class_chart(confusion, accent()), key="train_classes", height=HEIGHT, alt="Test accuracy per digit"
        )
    with table:
        mistakes = confusion_chart(confusion, accent(), paper())
        st.echarts_chart(mistakes, key="train_confusion", height=HEIGHT, alt="Mistakes: true digit and model's answer")
