"""Lines over a number as ECharts options, in the colours and dashes that tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app_pages.components.palette import DASHES, ink, series_colours

TEXT = {"fontSize": 14}  # as in the charts of training


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: in the legend.
        points: (x, y), x rising.
        place: of its colour and dashes, 0 for the accent colour.
        has_dots: whether every point is marked.
    """

    name: str
    points: Sequence[tuple[float, float]]
    place: int
    has_dots: bool = False


def curve_chart(
    title: str,
    x: str,
    lines: Sequence[Line],
    *,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    dot: tuple[float, float] | None = None,
    here: float | None = None,
) -> dict[str, Any]:
    """Return lines over a number.

    Args:
        title: what the vertical axis shows, with its unit.
        x: what the horizontal axis shows, with its unit.
        lines: at most `MAX_SERIES`.
        x_range, y_range: the ends of the axes; by default those of the lines.
        dot: a place to mark.
        here: where to draw a vertical line, the number that a slider shows.
    """
    series = [_series(line) for line in lines]
    if dot:
        marked = {"type": "scatter", "name": "here", "data": [list(dot)], "symbolSize": 16, "z": 5}
        series.append(marked | {"itemStyle": {"color": series_colours()[0]}})
    if here is not None:
        line = {"xAxis": here, "lineStyle": {"type": "solid", "width": 2, "color": ink()}}
        series[0]["markLine"] = {"symbol": "none", "silent": True, "label": {"show": False}, "data": [line]}
    ends = [dict(zip(("min", "max"), ends, strict=True)) if ends else {"scale": True} for ends in (x_range, y_range)]
    named = {
        "type": "value",
        "nameLocation": "middle",
        "nameTextStyle": TEXT,
        "axisLabel": TEXT | {"hideOverlap": True},
    }
    legend = [{"name": line.name} | ({} if line.has_dots else {"itemStyle": {"opacity": 0}}) for line in lines]
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "grid": {"left": 8, "right": 24, "top": 88, "bottom": 32, "containLabel": True},
        "legend": {"left": 0, "top": 34, "padding": 0, "itemWidth": 32, "textStyle": TEXT, "data": legend},
        "tooltip": {"trigger": "axis"},
        "xAxis": named | {"name": x, "nameGap": 28} | ends[0],
        "yAxis": named | ends[1],
        "series": series,
    }


def _series(line: Line) -> dict[str, Any]:
    colour, dash = series_colours()[line.place], DASHES[line.place]
    return {
        "type": "line",
        "name": line.name,
        "data": [list(point) for point in line.points],
        "showSymbol": line.has_dots,
        "symbolSize": 7,
        "lineStyle": {"color": colour, "width": 3, "type": list(dash) if dash else "solid"},
        "itemStyle": {"color": colour},
    }
