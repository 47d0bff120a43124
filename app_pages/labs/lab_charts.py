"""The twins' accuracy over their training, as ECharts options and as a table."""

from typing import Any

import pandas as pd

from app_pages.components.palette import DASHES, ink, series_colours
from mnist_core.labs.catalog import Lab
from mnist_core.labs.experiment import LabResult

TEXT = {"fontSize": 14}  # as in the charts of training
HEALTHY, OWN = "healthy", "on its own training images"


def accuracy_columns(lab: Lab, strength: float, result: LabResult) -> dict[str, tuple[tuple[int, ...], list[float]]]:
    """Return the lines of the chart by their names: the steps, and the accuracy at each in percent."""
    broken = lab.name_at(strength)
    lines = {
        HEALTHY: (result.healthy.steps, result.healthy.test_accuracy),
        broken: (result.broken.steps, result.broken.test_accuracy),
    }
    if lab.shows_own:
        lines[f"{broken}, {OWN}"] = (result.broken.steps, result.broken.own_accuracy)
    return {name: (steps, [round(100 * each, 2) for each in accuracy]) for name, (steps, accuracy) in lines.items()}


def twins_chart(lab: Lab, strength: float, result: LabResult) -> dict[str, Any]:
    """Return the accuracy of both twins against the step; the broken one is in the accent colour."""
    colours = (ink(), series_colours()[0], series_colours()[0])
    dashes = ("solid", "solid", list(DASHES[1]))
    lines = accuracy_columns(lab, strength, result)
    series = [
        {
            "type": "line",
            "name": name,
            "data": [list(point) for point in zip(steps, accuracy, strict=True)],
            "symbol": "circle",
            "symbolSize": 6,
            "showSymbol": dash == "solid",
            "lineStyle": {"color": colour, "width": 3 if dash == "solid" else 2, "type": dash},
            "itemStyle": {"color": colour},
        }
        for (name, (steps, accuracy)), colour, dash in zip(lines.items(), colours, dashes, strict=False)
    ]
    named = {"nameLocation": "middle", "nameTextStyle": TEXT, "axisLabel": TEXT}
    last = max(result.healthy.steps[-1], result.broken.steps[-1])
    return {
        "animation": False,
        "title": {"text": "Accuracy on test digits (%)", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 24, "top": 76 + 22 * (len(lines) - 2), "bottom": 32, "containLabel": True},
        "legend": {
            "orient": "horizontal" if len(lines) == 2 else "vertical",
            "left": 0,
            "top": 34,
            "padding": 0,
            "textStyle": TEXT,
            "itemWidth": 32,
        },
        "tooltip": {"trigger": "axis"},
        "xAxis": named | {"type": "value", "name": "training step", "nameGap": 28, "min": 0, "max": last},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": TEXT},
        "series": series,
    }


def twins_table(lab: Lab, strength: float, result: LabResult) -> pd.DataFrame:
    """Return the numbers of `twins_chart`: a row per evaluation."""
    columns = accuracy_columns(lab, strength, result)
    tables = [pd.DataFrame({"step": steps, f"{name} (%)": accuracy}) for name, (steps, accuracy) in columns.items()]
    table = tables[0]
    for other in tables[1:]:
        table = table.merge(other, on="step", how="outer")
    return table


def finding(lab: Lab, strength: float, result: LabResult) -> str:
    """Return in words where the lines end."""
    healthy, broken = (f"{twin.accuracy:.1%}" for twin in (result.healthy, result.broken))
    return f"After training, the healthy model reads {healthy} of the test digits; {lab.name_at(strength)}: {broken}."
