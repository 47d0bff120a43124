"""Logarithmic axes, for lines over numbers of very different sizes."""

from typing import Any


def with_log_axes(chart: dict[str, Any], *, x: int | None = None, y: int | None = None) -> dict[str, Any]:
    """Return a chart with logarithmic axes; the values on them must be above 0.

    Args:
        chart: the options of ECharts.
        x, y: the base of an axis, None to leave the axis as it is.
    """
    logs = {name: {"type": "log", "logBase": base} for name, base in (("xAxis", x), ("yAxis", y)) if base}
    return chart | {name: chart[name] | log for name, log in logs.items()}
