"""Ten probabilities as lines over what changes a picture, as ECharts options and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app_pages.components.palette import DASHES, faint, ink, muted, series_colours
from mnist_core.constants import CLASSES

TEXT = {"fontSize": 14}  # as in the charts of training
AMOUNT = "amount"  # the column of a chart's table


@dataclass(frozen=True)
class Mark:
    """A dashed line across a chart, at an amount, with a text above it."""

    amount: float
    text: str


def probability_chart(
    title: str,
    axis: str,
    amounts: Sequence[float],
    probabilities: Sequence[Sequence[float]],
    highlighted: Sequence[int],
    *,
    here: float | None = None,
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Return ten probabilities over an amount, some digits in colour and the others faint.

    Args:
        title: of the chart.
        axis: what the amount is, with its unit.
        amounts: rising.
        probabilities: ten for each amount, in [0, 1].
        highlighted: the digits in colour, at most four; the first in the accent colour.
        here: where to draw a line, the amount that is shown elsewhere.
        marks: the amounts at which the answer changes.
    """
    columns = {str(digit): [100 * row[digit] for row in probabilities] for digit in range(CLASSES)}
    return lines_chart(title, axis, amounts, columns, list(map(str, highlighted)), here=here, marks=marks)


def lines_chart(
    title: str,
    axis: str,
    amounts: Sequence[float],
    columns: dict[str, list[float]],
    highlighted: Sequence[str] | None = None,
    *,
    here: float | None = None,
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Return lines of percentages over an amount, see `probability_chart`.

    Args:
        columns: the percentages by the name of their line.
        highlighted: the names of those in colour; None for all.
    """
    shown = list(columns) if highlighted is None else list(highlighted)
    order = [name for name in columns if name not in shown] + shown[::-1]
    series = [_line(name, shown.index(name) if name in shown else None) for name in order]
    dashed = {"lineStyle": {"type": "dashed"}, "label": {"show": True}}
    lines = [{"xAxis": mark.amount, "name": mark.text} | dashed for mark in marks]
    lines += [] if here is None else [{"xAxis": here, "lineStyle": {"type": "solid", "width": 2, "color": ink()}}]
    series[0]["markLine"] = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False, "formatter": "{b}", "position": "end", "fontSize": 13, "color": muted()},
        "lineStyle": {"color": muted()},
        "data": lines,
    }
    named = {"nameLocation": "middle", "nameTextStyle": TEXT, "axisLabel": TEXT}
    legend: dict[str, Any] = {"left": 0, "top": 32, "padding": 0, "textStyle": TEXT, "itemWidth": 32}
    legend["data"] = [{"name": name, "itemStyle": {"opacity": 0}} for name in shown]  # lines without a dot
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "grid": {"left": 8, "right": 24, "top": 86 if marks else 68, "bottom": 32, "containLabel": True},
        "legend": legend,
        "tooltip": {"trigger": "axis", "order": "valueDesc"},
        "xAxis": named | {"type": "value", "name": axis, "nameGap": 28, "min": amounts[0], "max": amounts[-1]},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": TEXT},
        "dataset": [{"source": pd.DataFrame({AMOUNT: list(amounts)} | columns)}],
        "series": series,
    }


def probability_table(
    axis: str, amounts: Sequence[float], probabilities: Sequence[Sequence[float]], decimals: int = 2
) -> pd.DataFrame:
    """Return the numbers of `probability_chart`: a row per amount, and a column per digit."""
    columns = {f"{digit} (%)": [round(100 * row[digit], 2) for row in probabilities] for digit in range(CLASSES)}
    return pd.DataFrame({axis: [round(amount, decimals) for amount in amounts]} | columns)


def _line(name: str, place: int | None) -> dict[str, Any]:
    """Return a line that is faint, or has the colour and the dashes of its place."""
    colour = faint() if place is None else series_colours()[place]
    dash = list(DASHES[place]) if place else "solid"
    return {
        "type": "line",
        "name": name,
        "datasetIndex": 0,
        "encode": {"x": AMOUNT, "y": name},
        "showSymbol": False,
        "lineStyle": {"color": colour, "width": 1 if place is None else 3, "type": dash},
        "itemStyle": {"color": colour},
    }
