"""Ten probabilities as lines over what changes a picture, as ECharts options and as a table."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from app_pages.components.palette import DASHES, faint, muted, series_colours
from mnist_core.constants import CLASSES

TEXT = {"fontSize": 14}  # as in the charts of training


def probability_chart(
    title: str,
    axis: str,
    amounts: Sequence[float],
    probabilities: Sequence[Sequence[float]],
    highlighted: Sequence[int],
    *,
    here: float | None = None,
    breaks: Sequence[float] = (),
) -> dict[str, Any]:
    """Return ten probabilities over an amount, some digits in colour and the others faint.

    Args:
        title: of the chart.
        axis: what the amount is, with its unit.
        amounts: rising.
        probabilities: ten for each amount, in [0, 1].
        highlighted: the digits in colour, at most four; the first in the accent colour.
        here: where to draw a line, the amount that is shown elsewhere.
        breaks: where to draw dashed lines, the amounts at which the answer changes.
    """
    columns = {str(digit): [100 * row[digit] for row in probabilities] for digit in range(CLASSES)}
    table = pd.DataFrame({"amount": list(amounts)} | columns)
    order = [digit for digit in range(CLASSES) if digit not in highlighted] + list(reversed(highlighted))
    series = [_line(digit, highlighted) for digit in order]
    marks = [{"xAxis": each, "lineStyle": {"type": "dashed"}} for each in breaks]
    marks += [] if here is None else [{"xAxis": here, "lineStyle": {"type": "solid", "width": 2}}]
    series[0]["markLine"] = {
        "symbol": "none",
        "silent": True,
        "label": {"show": False},
        "lineStyle": {"color": muted()},
        "data": marks,
    }
    named = {"nameLocation": "middle", "nameTextStyle": TEXT, "axisLabel": TEXT}
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "grid": {"left": 8, "right": 28, "top": 48, "bottom": 32, "containLabel": True},
        "legend": {"show": False},
        "tooltip": {"trigger": "axis", "order": "valueDesc"},
        "xAxis": named | {"type": "value", "name": axis, "nameGap": 28, "min": amounts[0], "max": amounts[-1]},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": TEXT},
        "dataset": [{"source": table}],
        "series": series,
    }


def probability_table(
    axis: str, amounts: Sequence[float], probabilities: Sequence[Sequence[float]], decimals: int = 2
) -> pd.DataFrame:
    """Return the numbers of `probability_chart`: a row per amount, and a column per digit."""
    columns = {f"{digit} (%)": [round(100 * row[digit], 2) for row in probabilities] for digit in range(CLASSES)}
    return pd.DataFrame({axis: [round(amount, decimals) for amount in amounts]} | columns)


def _line(digit: int, highlighted: Sequence[int]) -> dict[str, Any]:
    place = highlighted.index(digit) if digit in highlighted else None
    colour = faint() if place is None else series_colours()[place]
    dash = "solid" if not place or not DASHES[place] else list(DASHES[place])
    return {
        "type": "line",
        "name": str(digit),
        "datasetIndex": 0,
        "encode": {"x": "amount", "y": str(digit)},
        "showSymbol": False,
        "lineStyle": {"color": colour, "width": 1 if place is None else 3, "type": dash},
        "itemStyle": {"color": colour},
        "endLabel": {"show": place is not None, "formatter": "{a}", "fontSize": 15, "color": colour},
    }
