"""How far a validation set can be trusted: the accuracies of one model on many sets, and two of them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import accent, percent
from app_pages.components.palette import faint, ink
from app_pages.lessons.controls.curve_chart import TEXT
from app_pages.state import resources
from app_pages.state.predictions import predictions
from mnist_core.analysis.sampled_accuracy import SETS, SIZES, Bar, SampledAccuracy, draw_sets, span

MODEL = "linear"
SIZE, DRAWN = "course_validation_size", "course_validation_drawn"
DEFAULT = 100
SENTENCE = (
    "An accuracy is measured on some images; others would give another one. Here is one trained model, the linear one, "
    "and two random validation sets, A and B. **Try it:** draw a few pairs. How many images does a set need until A "
    "and B agree within one point?"
)


def render_validation() -> None:
    """Show what accuracies validation sets of a size give, and those of two sets."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        size = int(st.select_slider("Images in a set", SIZES, DEFAULT, key=SIZE, width=320, format_func="{:,}".format))
        st.button(
            "Draw two others", key="course_validation_draw", icon=":material/casino:", type="primary", on_click=_draw
        )
    probabilities = predictions(MODEL)
    if probabilities is None:
        return
    test = resources.available_split("test")
    is_right = probabilities.argmax(dim=1) == test.labels
    sampled = draw_sets(is_right, size)
    first, second = draw_sets(is_right, size, sets=2, seed=st.session_state.get(DRAWN, 0) + 1).accuracies
    st.markdown(about_two(first, second))
    render_chart(
        sets_chart(sampled, first, second),
        name="Accuracy on random sets",
        finding=finding(sampled),
        numbers=lambda: bars_table(sampled),
        key="course_validation_chart",
        height=340,
    )
    st.caption(
        f"{finding(sampled)} All sets are drawn with replacement from the {len(test):,} test images, of which the "
        f"model answers {percent(sampled.accuracy)} correctly."
    )


def _draw() -> None:
    st.session_state[DRAWN] = st.session_state.get(DRAWN, 0) + 1


def about_two(first: float, second: float) -> str:
    """Return in words how far apart two sets are."""
    apart = f"**{100 * abs(first - second):.1f} points apart**" if first != second else "the same, by luck"
    return f"Set A says {first:.1%}, set B says {second:.1%}: {apart}, and it is the same model."


def finding(sampled: SampledAccuracy) -> str:
    """Return in words what most sets say, and what the rule says."""
    low, high = sampled.interval
    return (
        f"Of {SETS:,} sets of {sampled.size:,} images, 95% give {low:.1%} to {high:.1%}. The rule of thumb, "
        f"1.96 √(p (1 \N{MINUS SIGN} p) / n), says {sampled.accuracy:.1%} ± {100 * sampled.margin:.1f} points."
    )


def sets_chart(sampled: SampledAccuracy, first: float, second: float) -> dict[str, Any]:
    """Return a histogram whose middle 95% is in the accent colour, with two of the sets as lines."""
    low, high = (round(100 * end) for end in span(sampled.accuracy))
    bars, (least, most) = sampled.bars(), sampled.interval
    middle = [bar for bar in bars if least < bar.high and bar.low < most]
    axis = {"type": "value", "nameTextStyle": TEXT, "axisLabel": TEXT | {"hideOverlap": True}}
    return {
        "animation": False,
        "title": {"text": "Sets with this accuracy (%)", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 24, "top": 72, "bottom": 32, "containLabel": True},
        "xAxis": axis
        | {"name": "accuracy on the set (%)", "nameLocation": "middle", "nameGap": 28}
        | {"min": low, "max": high},
        "yAxis": axis | {"min": 0},
        "series": [
            _area("all sets", bars, faint()),
            _area("the middle 95%", middle, accent())
            | {
                "markLine": {
                    "symbol": "none",
                    "silent": True,
                    "lineStyle": {"type": "solid", "width": 2, "color": ink()},
                    "data": two_lines(first, second),
                }
            },
        ],
    }


def _area(name: str, bars: Sequence[Bar], colour: str) -> dict[str, Any]:
    corners = [[100 * bar.low, 100 * bar.sets / SETS] for bar in bars]
    return {
        "type": "line",
        "step": "end",
        "name": name,
        "data": [*corners, [100 * bars[-1].high, corners[-1][1]]],
        "showSymbol": False,
        "lineStyle": {"width": 0},
        "areaStyle": {"color": colour, "opacity": 1},
        "silent": True,
    }


def two_lines(first: float, second: float) -> list[dict[str, Any]]:
    """Return vertical lines at the accuracies of two sets, with their letters beside each other."""
    label = {"show": True, "position": "end", "fontSize": 16, "fontWeight": "bold", "color": ink()}
    if first == second:
        return [{"xAxis": 100 * first, "label": label | {"formatter": "A, B"}}]
    sides = {min(first, second): "right", max(first, second): "left"}
    return [
        {"xAxis": 100 * accuracy, "label": label | {"formatter": letter, "align": sides[accuracy]}}
        for letter, accuracy in (("A", first), ("B", second))
    ]


def bars_table(sampled: SampledAccuracy) -> pd.DataFrame:
    """Return the histogram, a row per bar."""
    bars = sampled.bars()
    return pd.DataFrame(
        {
            "From (%)": [round(100 * bar.low, 2) for bar in bars],
            "To (%)": [round(100 * bar.high, 2) for bar in bars],
            "Sets": [bar.sets for bar in bars],
        }
    )
