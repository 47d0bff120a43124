"""Why labels are one-hot targets: what each answer costs for an unclear image, with and without them."""

import functools
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent
from app_pages.components.palette import faint
from app_pages.lessons.controls.digit_bars import LARGE, digit_bars
from mnist_core.analysis.target_cost import cheapest, label_shares, number_costs, one_hot_costs
from mnist_core.constants import CLASSES

DIGIT, OTHER, SHARE = "course_one_hot_digit", "course_one_hot_other", "course_one_hot_share"
DEFAULT, DEFAULT_OTHER = 3, 9
SENTENCE = (
    "Some images are unclear: one person reads a 3, another a 9. The bars are the mean squared error of each answer. "
    "**Try it:** let half of the people read a 9. Which answer costs least if labels are numbers, and which with "
    "one-hot targets?"
)


def render_one_hot() -> None:
    """Show what each of the ten answers costs for an image of two possible labels, with both kinds of target."""
    st.markdown(SENTENCE)
    left, middle, right = st.columns(3, gap="medium")
    digit = int(left.select_slider("Some read a", range(CLASSES), DEFAULT, key=DIGIT))
    other = int(middle.select_slider("Others read a", range(CLASSES), DEFAULT_OTHER, key=OTHER))
    share = int(right.slider("Share of the others (%)", 0, 100, 0, 5, key=SHARE)) / 100
    shares = label_shares(digit, other, share)
    numbers, one_hot = number_costs(shares), one_hot_costs(shares)
    st.markdown(finding(numbers, one_hot, shares.tolist()))
    columns = st.columns(2, gap="medium")
    for column, costs, title, key in zip(
        columns, (numbers, one_hot), ("Labels as numbers", "One-hot targets"), ("numbers", "targets"), strict=True
    ):
        with column:
            render_chart(
                costs_chart(f"{title}: squared error", costs),
                name="Cost of each answer",
                finding=cheapest_words(costs),
                numbers=functools.partial(costs_table, costs),
                key=f"course_one_hot_{key}",
                height=280,
            )


def finding(numbers: Sequence[float], one_hot: Sequence[float], shares: Sequence[float]) -> str:
    """Return in words which answers cost least with each kind of target, and whether they can be right."""
    best = cheapest([*numbers])
    never = [answer for answer in best if not shares[answer]]
    although = f", although nobody reads a {listed(never)}" if never else ""
    return (
        f"With labels as numbers, {cheapest_words(numbers)}{although}. "
        f"With one-hot targets, {cheapest_words(one_hot)}, and each digit that nobody reads costs {max(one_hot):g}."
    )


def cheapest_words(costs: Sequence[float]) -> str:
    """Return in words which answers cost least, and how much."""
    best = cheapest([*costs])
    return f"**{listed(best)}** cost{'s' if len(best) == 1 else ''} least, {costs[best[0]]:.4g} on average"


def listed(answers: Sequence[int]) -> str:
    """Return digits in words: "3", "3 and 9"."""
    return " and ".join(map(str, answers))


def costs_chart(title: str, costs: Sequence[float]) -> dict[str, Any]:
    """Return the cost of each answer as bars, with its value above; the cheapest ones stand out."""
    best = cheapest([*costs])
    bars = [
        {
            "value": round(cost, 2),
            "label": {"formatter": f"{cost:.3g}"} | ({"color": accent()} | LARGE if answer in best else {}),
            "itemStyle": {"color": accent() if answer in best else faint()},
        }
        for answer, cost in enumerate(costs)
    ]
    return digit_bars(title, "answer", bars, series="squared error")


def costs_table(costs: Sequence[float]) -> pd.DataFrame:
    """Return a row per answer, with its cost."""
    return pd.DataFrame({"Answer": list(range(CLASSES)), "Mean squared error": [round(each, 4) for each in costs]})
