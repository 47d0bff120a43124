"""Answer only when sure: what a threshold does to accuracy, and to the recall and the precision of a digit."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.state import resources
from app_pages.state.predictions import predictions
from mnist_core.analysis.sure_answers import SureAnswers, answers_when_sure
from mnist_core.constants import CLASSES

MODEL = "linear"  # as the course has it at this step
DIGIT, THRESHOLD = "course_metrics_digit", "course_metrics_threshold"
ALL = "All"
FIRST, LAST = 10, 99  # percent; no answer of ten has less than the first
SENTENCE = (
    "A model may also say nothing when it is not sure. **Try it:** how sure must it be to make half as many mistakes, "
    "and how many images does that leave without an answer? Then choose a digit. Which of recall and precision rises, "
    "and which falls?"
)


def render_sure_answers() -> None:
    """Show what a model answers and how often that is right, over how sure it has to be."""
    st.markdown(SENTENCE)
    chosen = str(st.pills("Digit", [ALL, *map(str, range(CLASSES))], default=ALL, required=True, key=DIGIT, wrap=True))
    threshold = int(st.slider("Answer only when at least this sure (%)", FIRST, LAST, FIRST, key=THRESHOLD))
    probabilities = predictions(MODEL)
    if probabilities is None:
        return
    labels, digit = resources.available_split("test").labels, None if chosen == ALL else int(chosen)
    reports = [answers_when_sure(probabilities, labels, each / 100, digit) for each in range(FIRST, LAST + 1)]
    words = finding(reports[threshold - FIRST], reports[0], digit)
    st.markdown(words)
    render_chart(
        curve_chart(
            "Share (%)",
            "how sure an answer has to be (%)",
            lines_of(reports, digit),
            x_range=(FIRST, 100),
            here=threshold,
        ),
        name="Share by threshold",
        finding=words.replace("**", ""),
        numbers=lambda: reports_table(reports),
        key="course_metrics_curves",
        height=360,
    )


def lines_of(reports: Sequence[SureAnswers], digit: int | None) -> list[Line]:
    """Return the two lines of the chart, in percent: accuracy and what is answered, or precision and recall."""
    if digit is None:
        first, second = "accuracy of the answers", "images answered"
        seconds = [each.answered / each.images for each in reports]
    else:
        first, second = f"precision of {digit}", f"recall of {digit}"
        seconds = [each.recall or 0.0 for each in reports]
    firsts = [(100 * each.threshold, 100 * each.precision) for each in reports if each.precision is not None]
    others = [(100 * each.threshold, 100 * share) for each, share in zip(reports, seconds, strict=True)]
    return [Line(first, firsts, 0), Line(second, others, 1)]


def finding(report: SureAnswers, always: SureAnswers, digit: int | None) -> str:
    """Return in words what a threshold does.

    Args:
        report: with the threshold.
        always: without one.
        digit: the one that is counted, None for all.
    """
    if report.precision is None:
        return "The model is never that sure, so it answers nothing."
    wrong, before = report.answered - report.right, always.answered - always.right
    if digit is None:
        instead = f" instead of {before:,}" if report.answered < always.answered else ""
        return (
            f"The model answers {report.answered:,} of {report.images:,} images, and **{share(report.precision)} ± "
            f"{share(report.margin)}** of these answers are right: {wrong:,} mistakes{instead}."
        )
    return (
        f"**Recall {share(report.recall or 0.0)}:** it finds {report.right:,} of the {report.images:,} images of "
        f"{digit}. **Precision {share(report.precision)}:** of its {report.answered:,} answers {digit}, {wrong:,} are "
        "wrong."
    )


def share(fraction: float) -> str:
    """Return a share as text; unlike a probability, it may be all."""
    return f"{fraction:.1%}"


def reports_table(reports: Sequence[SureAnswers]) -> pd.DataFrame:
    """Return a row per threshold."""
    return pd.DataFrame(
        {
            "At least (%)": [round(100 * each.threshold) for each in reports],
            "Images": [each.images for each in reports],
            "Answers": [each.answered for each in reports],
            "Right answers": [each.right for each in reports],
        }
    )
