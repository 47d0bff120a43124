"""A chart with its numbers: what it shows in words for screen readers, and as a table for everybody."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.palette import muted
from app_pages.components.presentation import is_presenting

ENLARGEMENT = 1.5  # of a chart's text in a presentation
SIZES = {"fontSize", "itemWidth", "itemGap", "nameGap", "top", "bottom"}  # of text, and of the room for it, px
TITLE_SIZE = 16  # px, of Streamlit's theme
MAX_ROWS = 200  # of the table on the page; the file has them all


def render_chart(
    chart: dict[str, Any], *, name: str, finding: str, numbers: Callable[[], pd.DataFrame], key: str, height: int
) -> None:
    """Show an ECharts chart with its numbers below it.

    Args:
        chart: the options of ECharts.
        name: what it shows, in a word or two, such as "Test accuracy".
        finding: one sentence about what can be seen in it, its alternative text.
        numbers: returns its table; called only while somebody looks at it.
        key: of the chart; those of the table begin with it.
        height: px.
    """
    shown = with_text_colour(chart, muted())
    if is_presenting():
        shown, height = enlarged(shown), round(height * ENLARGEMENT)
    st.echarts_chart(shown, key=key, height=height, alt=finding)
    if not is_presenting():  # an audience sees the chart; its numbers are for whoever sits at the page
        render_numbers(numbers, name=name, key=key)


def render_numbers(numbers: Callable[[], pd.DataFrame], *, name: str, key: str) -> None:
    """Offer the numbers behind a chart as a table and as a file; they are made once somebody asks for them."""
    box = st.expander(f"{name} in numbers", type="compact", on_change="rerun", key=f"{key}_numbers")
    if not box.open:
        return
    table = numbers()
    with box:
        st.dataframe(
            rows_to_show(table), hide_index=True, height="content" if len(table) < 12 else 320, placeholder="–"
        )
        if len(table) > MAX_ROWS:
            st.caption(f"{MAX_ROWS:,} of {len(table):,} rows. The file has them all.")
        st.download_button(
            "Download as CSV",
            lambda: table.to_csv(index=False).encode(),  # called when somebody clicks
            f"{name.lower().replace(' ', '-')}.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            key=f"{key}_csv",
            on_click="ignore",
        )


def with_text_colour(chart: dict[str, Any], colour: str) -> dict[str, Any]:
    """Return a chart whose axes and legend are written in a colour; Streamlit's own grey is too pale for small text."""
    written = {"color": colour}
    axes = {name: {"axisLabel": {}, "nameTextStyle": {}} | chart[name] for name in ("xAxis", "yAxis") if name in chart}
    parts: dict[str, Any] = {
        name: axis | {part: axis[part] | written for part in ("axisLabel", "nameTextStyle")}
        for name, axis in axes.items()
    }
    if "legend" in chart:
        parts["legend"] = chart["legend"] | {"textStyle": chart["legend"].get("textStyle", {}) | written}
    return chart | parts


def enlarged(chart: dict[str, Any]) -> dict[str, Any]:
    """Return a chart whose text, and the room for it, is `ENLARGEMENT` times as large; what it draws stays the same."""

    def grown(option: Any, name: str = "") -> Any:
        if isinstance(option, dict):
            return {key: option[key] if key in ("dataset", "series") else grown(option[key], key) for key in option}
        return option * ENLARGEMENT if name in SIZES and isinstance(option, int | float) else option

    large: dict[str, Any] = grown(chart)
    if "title" in large:
        large["title"] |= {"textStyle": {"fontSize": TITLE_SIZE * ENLARGEMENT}}
    return large


def rows_to_show(table: pd.DataFrame) -> pd.DataFrame:
    """Return at most `MAX_ROWS` rows, evenly spread, the first and the last among them."""
    if len(table) <= MAX_ROWS:
        return table
    last = len(table) - 1
    return table.iloc[[round(place * last / (MAX_ROWS - 1)) for place in range(MAX_ROWS)]]
