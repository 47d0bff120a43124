"""What accuracy hides: the accuracy of each digit, for a model that never answers one of them."""

from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent, percent
from app_pages.components.palette import faint
from app_pages.lessons.controls.digit_bars import LARGE, digit_bars
from app_pages.state import resources
from app_pages.state.predictions import predictions
from mnist_core.analysis.silent_digit import Report, report_without
from mnist_core.constants import CLASSES

MODEL = "linear"  # as the course has it at this step
DIGIT, SHARE = "course_accuracy_digit", "course_accuracy_share"
NONE, DEFAULT = "None", "8"
SHARES = (1, 2, 5, 10, 25, 50, 100)  # percent of the silent digit's test images that stay
SENTENCE = (
    "One number hides which digits a model gets wrong. Let it never answer one digit: the accuracy stays high, and "
    "that digit is lost. **Try it:** make the digit rare among the test images. Which of the two numbers still notices?"
)


def render_accuracy() -> None:
    """Show the accuracy over all images and per digit, while one digit is removed from the answers."""
    st.markdown(SENTENCE)
    controls, chart = st.columns([2, 3], gap="large")
    with controls:
        digit, share = _choose()
    with chart:
        probabilities = predictions(MODEL)
    if probabilities is None:
        return
    labels = resources.available_split("test").labels
    report = report_without(probabilities, labels, digit, share=share)
    with controls:
        _render_numbers(report, digit)
    with chart:
        render_chart(
            digits_chart(report, digit),
            name="Accuracy per digit",
            finding=finding(report, digit),
            numbers=lambda: digits_table(report),
            key="course_accuracy_chart",
            height=340,
        )


def _choose() -> tuple[int | None, float]:
    """Ask for the digit that is never answered, None for no digit, and for the share of its images that stay."""
    options = [NONE, *map(str, range(CLASSES))]
    chosen = str(st.select_slider("Digit that is never answered", options, DEFAULT, key=DIGIT))
    label, is_off = "Share of its test images that stay (%)", chosen == NONE
    share = int(st.select_slider(label, SHARES, 100, key=SHARE, disabled=is_off))
    return None if is_off else int(chosen), share / 100


def _render_numbers(report: Report, digit: int | None) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("Accuracy", percent(report.accuracy, escaped=False), width="content")
        st.metric(
            "Balanced accuracy",
            percent(report.balanced, escaped=False),
            width="content",
            help="The mean of the ten accuracies below: every digit counts the same, however many images it has.",
        )
    st.caption(about_digit(report, digit))


def finding(report: Report, digit: int | None) -> str:
    """Return in words what the two numbers say, and what became of the silent digit."""
    both = f"Accuracy {percent(report.accuracy)}, balanced accuracy {percent(report.balanced)}."
    return f"{both} {about_digit(report, digit)}"


def about_digit(report: Report, digit: int | None) -> str:
    """Return in words what became of the silent digit; without one, which digit is the worst."""
    if digit is None:
        worst = min(range(CLASSES), key=lambda each: report.by_digit[each])
        return f"The worst digit is {worst}, with {percent(report.by_digit[worst])}."
    images = report.counts[digit]
    return f"None of the {images:,} images of digit {digit} among {sum(report.counts):,} is answered correctly."


def digits_chart(report: Report, digit: int | None) -> dict[str, Any]:
    """Return the accuracy of each digit as bars, with its value above; the silent digit's is 0 and stands out."""
    bars: list[dict[str, Any]] = [
        {
            "value": round(100 * share, 1),
            "label": {"formatter": f"{100 * share:.0f}"},
            "itemStyle": {"color": faint() if each != digit else accent()},
        }
        for each, share in enumerate(report.by_digit)
    ]
    if digit is not None:
        bars[digit]["label"] |= {"color": accent()} | LARGE
    chart = digit_bars("Accuracy per digit (%)", "true digit", bars, series="accuracy")
    return chart | {"yAxis": chart["yAxis"] | {"max": 100}}


def digits_table(report: Report) -> pd.DataFrame:
    """Return a row per digit: its images and the share of them that is answered correctly."""
    return pd.DataFrame(
        {
            "Digit": list(range(CLASSES)),
            "Test images": report.counts,
            "Accuracy (%)": [round(100 * share, 2) for share in report.by_digit],
        }
    )
