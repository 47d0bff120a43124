"""Logarithmic axes: only those that are asked for, and nothing else of a chart is lost."""

from app_pages.lessons.controls.log_axes import with_log_axes

CHART = {"grid": {"left": 8, "right": 24}, "xAxis": {"type": "value", "min": 1}, "yAxis": {"type": "value"}}


def test_only_the_axes_that_are_asked_for_are_logarithmic() -> None:
    across = with_log_axes(CHART, x=2)
    assert across["xAxis"] == {"type": "log", "logBase": 2, "min": 1} and across["yAxis"] == CHART["yAxis"]
    assert across["grid"]["left"] == 8 and across["grid"]["right"] > 24
    both = with_log_axes(CHART, x=10, y=10)
    assert both["xAxis"]["logBase"] == both["yAxis"]["logBase"] == 10
    assert with_log_axes(CHART) == CHART
