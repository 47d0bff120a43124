"""How large the training set is: the digits among its first images, their memory, and the time to look at them."""

from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent
from app_pages.components.palette import faint, muted
from app_pages.lessons.controls.digit_bars import digit_bars
from app_pages.state import resources
from mnist_core.analysis.first_images import FirstImages, count_first
from mnist_core.constants import CLASSES

COUNT = "course_train_set_count"
COUNTS = (*range(1, 31), 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)  # and all
DEFAULT = 10
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit
SENTENCE = (
    "The labels say which digits are in the training set. **Try it:** open more and more images. After how many have "
    "you seen every digit? And is each of them a tenth of all in the end?"
)


def render_train_set() -> None:
    """Show how often each digit is among the first images of the training set, as many as the slider says."""
    st.markdown(SENTENCE)
    labels = resources.available_split("train").labels
    options = [*(count for count in COUNTS if count < len(labels)), len(labels)]
    controls, chart = st.columns([2, 3], gap="large")
    with controls:
        default = min(DEFAULT, len(labels))
        count = int(st.select_slider("First images", options, default, key=COUNT, format_func="{:,}".format))
        first = count_first(labels, count)
        st.markdown(finding(first))
        st.markdown(size_in_words(first))
    with chart:
        render_chart(
            digits_chart(first),
            name="Share of each digit",
            finding=finding(first),
            numbers=lambda: digits_table(first),
            key="course_train_set_chart",
            height=340,
        )


def finding(first: FirstImages) -> str:
    """Return in words which digits are missing; when there is none, which is the most frequent and which the rarest."""
    if first.total == 1:
        return f"The first image is a {first.most_frequent}."
    if first.missing:
        *others, last = map(str, first.missing)
        missing = f"{', '.join(others)} or {last}" if others else last
        return f"Among the first {first.total:,} images, there is **no {missing}**."
    most, rarest = first.most_frequent, first.rarest
    return (
        f"Every digit is there. The most frequent is **{most}**, with {first.counts[most]:,} images "
        f"({first.shares[most]:.1%}); the rarest is **{rarest}**, with {first.counts[rarest]:,} "
        f"({first.shares[rarest]:.1%})."
    )


def size_in_words(first: FirstImages) -> str:
    """Return in words how much memory the images need, and how long it takes to look at them."""
    return (
        f"With one byte per pixel, they need **{memory_in_words(first.memory)}**. If you look at each for one second, "
        f"you are done in **{time_in_words(first.total)}**."
    )


def memory_in_words(count: int) -> str:
    """Return a number of bytes in a unit that suits it."""
    for unit, size in (("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            return f"{count / size:.1f}{SPACE}{unit}"
    return f"{count}{SPACE}bytes"


def time_in_words(seconds: int) -> str:
    """Return a number of seconds in hours, minutes and seconds, the two largest that it has."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return SPACE.join([f"{value}{SPACE}{unit}" for value, unit in parts if value][:2])


def digits_chart(first: FirstImages) -> dict[str, Any]:
    """Return the share of each digit as bars, the most frequent in the accent colour, with a line at a tenth."""
    bars = [
        {
            "value": round(100 * share, 2),
            "label": {
                "show": digit == first.most_frequent,
                "formatter": f"{100 * share:.1f}".removesuffix(".0"),
                "color": accent(),
            },
            "itemStyle": {"color": accent() if digit == first.most_frequent else faint()},
        }
        for digit, share in enumerate(first.shares)
    ]
    tenth = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"type": "dashed", "width": 2, "color": muted()},
        "data": [{"yAxis": 100 / CLASSES}],
    }
    label = {"position": "top", "fontSize": 16, "fontWeight": "bold"}
    chart = digit_bars(
        "Share of each digit (%)", "digit; the dashed line is a tenth", bars, series="share", label=label
    )
    chart["series"][0]["markLine"] = tenth
    return chart


def digits_table(first: FirstImages) -> pd.DataFrame:
    """Return a row per digit: its images and their share."""
    return pd.DataFrame(
        {
            "Digit": list(range(CLASSES)),
            "Images": first.counts,
            "Share (%)": [round(100 * share, 2) for share in first.shares],
        }
    )
