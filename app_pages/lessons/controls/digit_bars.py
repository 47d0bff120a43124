"""A chart with one bar per digit."""

from collections.abc import Mapping, Sequence
from typing import Any

from app_pages.lessons.controls.curve_chart import TEXT
from mnist_core.constants import CLASSES

SHOWN = {"show": True, "position": "top", "fontSize": 13}  # a label above each bar
LARGE = {"fontWeight": "bold", "fontSize": 18}  # the label of a bar that stands out


def digit_bars(
    title: str, axis: str, bars: Sequence[Mapping[str, Any]], *, series: str, label: Mapping[str, Any] = SHOWN
) -> dict[str, Any]:
    """Return the options of an ECharts chart with ten bars, whose value axis begins at 0.

    Args:
        title: what the height is, with its unit.
        axis: what the digits are.
        bars: one per digit, each with its `value` and what else ECharts is to know of it.
        series: what the height is, for the chart's tooltip.
        label: of all bars; a bar may have more.
    """
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "grid": {"left": 8, "right": 16, "top": 64, "bottom": 32, "containLabel": True},
        "xAxis": {
            "type": "category",
            "name": axis,
            "nameLocation": "middle",
            "nameGap": 28,
            "nameTextStyle": TEXT,
            "axisLabel": TEXT | {"interval": 0},
            "data": [str(digit) for digit in range(CLASSES)],
        },
        "yAxis": {"type": "value", "min": 0, "axisLabel": TEXT},
        "series": [{"type": "bar", "name": series, "data": list(bars), "barWidth": "60%", "label": dict(label)}],
    }
