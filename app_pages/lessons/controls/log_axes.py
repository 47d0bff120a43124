"""Logarithmic axes, for lines over numbers of very different sizes."""

from typing import Any

ROOM = 44  # px on the right, for half of the last number below the axis, also when it is enlarged


def with_log_axes(chart: dict[str, Any], *, x: int | None = None, y: int | None = None) -> dict[str, Any]:
    """Return a chart with logarithmic axes; the values on them must be above 0.

    Args:
        chart: the options of ECharts.
        x, y: the base of an axis, None to leave the axis as it is.
    """
    logs = {name: {"type": "log", "logBase": base} for name, base in (("xAxis", x), ("yAxis", y)) if base}
    room = {"grid": chart["grid"] | {"right": ROOM}} if x else {}
    return chart | room | {name: chart[name] | log for name, log in logs.items()}
