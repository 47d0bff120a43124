"""The smallest change of the picture that makes the model answer a chosen digit."""

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart, render_numbers
from app_pages.components.html import percent
from app_pages.inspecting.change_charts import probability_chart, probability_table
from app_pages.inspecting.change_film import change_film
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.target import choose_other
from app_pages.state.computations import computed
from app_pages.state.widgets import shown_place
from mnist_core.analysis.counterfactual import VISIBLE, Change, Norm, smallest_change
from mnist_core.formatting import with_article

NORM, SURENESS = "inside_change_norm", "inside_change_sureness"
NORMS = {"Faint, over many pixels": Norm.L2, "Strong, in few pixels": Norm.L1}
SURENESSES: dict[str, float | None] = {"just more than any other": None, "90%": 0.9, "99%": 0.99}
HEIGHT = 280  # px of the chart


def render_smallest(subject: Subject, model: InspectedModel, probabilities: list[float]) -> None:
    """Show the smallest change that makes the model answer a chosen digit, as a film.

    Args:
        subject: what is looked at.
        model: the model that answers.
        probabilities: its ten for the picture.
    """
    answer = probabilities.index(max(probabilities))
    target = choose_other(probabilities)
    with st.container(horizontal=True, gap="medium"):
        norm = NORMS[_choose("Kind of change", list(NORMS), NORM)]
        sureness = SURENESSES[_choose("How likely in the end", list(SURENESSES), SURENESS)]
    predictor = model.predictor
    change = computed(
        "inside_change",
        (model.key, subject.key, target, norm, sureness),
        lambda: smallest_change(
            predictor.model, subject.tensor, target, norm=norm, sureness=sureness, temperature=predictor.temperature
        ),
        f"Looking for the smallest change that makes it {with_article(target)}",
    )
    if change is None:
        return
    if not change.is_found:
        st.info(f"No change was found that makes this model answer {target} as surely as that. Here is the last try.")
    change_film(change, key="inside_change_film")
    st.caption(finding(change))
    render_numbers(lambda: size_table(change), name="Changed pixels", key="inside_change_pixels")
    shares = [100 * place / (len(change.path) - 1) for place in range(len(change.path))]
    rows = change.probabilities.tolist()
    render_chart(
        probability_chart("Probabilities on the way (%)", "part of the change (%)", shares, rows, (target, answer)),
        name="Probabilities on the way",
        finding=f"The probability of {answer} falls from {percent(rows[0][answer], escaped=False)} to "
        f"{percent(rows[-1][answer], escaped=False)}; that of {target} rises from "
        f"{percent(rows[0][target], escaped=False)} to {percent(rows[-1][target], escaped=False)}.",
        numbers=lambda: probability_table("part of the change (%)", shares, rows),
        key="inside_change_chart",
        height=HEIGHT,
    )


def _choose(label: str, options: list[str], key: str) -> str:
    return str(st.selectbox(label, options, shown_place(key, options), key=key, width=240, persist_state="session"))


def finding(change: Change) -> str:
    """Return the size of a change in words."""
    search = (
        "Found by the Fast Adaptive Boundary attack ([arXiv:1907.02044](https://arxiv.org/abs/1907.02044)). Except for "
        "a faint change and the linear model, a smaller one may exist."
    )
    return (
        f"{change.pixels} of 784 pixels change by more than {VISIBLE:.0%} of full ink, one of them by "
        f"{float(change.difference.abs().max()):.0%}: the strongest colour. The size of the change is {change.l2:.2f} "
        f"in L2 and {change.l1:.1f} in L1, where one pixel from paper to full ink counts 1. {search}"
    )


def size_table(change: Change) -> pd.DataFrame:
    """Return the change of every pixel that changes visibly, the largest first."""
    difference = change.difference
    places = (difference.abs() > VISIBLE).nonzero().tolist()
    rows = sorted(((row, column, float(difference[row, column])) for row, column in places), key=lambda r: -abs(r[2]))
    return pd.DataFrame(rows, columns=["row", "column", "change of ink"]).round(3)
