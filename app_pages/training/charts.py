"""The charts of a run, as ECharts options: no maths here, only how it looks."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mnist_core.runs.curves import Curves, accuracy_by_class

Chart = dict[str, Any]
GREY = "#8b90a5"  # seen on light and on dark
HIDDEN = {"show": False}
READABLE = {"fontSize": 14}  # from the last row, too
RUNAWAY = 1_000.0  # nats, where the chart of a loss that grows without end is cut off
AXES = {"steps": ("step", "step"), "seconds": ("seconds", "s of training")}


def loss_chart(found: Curves, axis: str, end: float | None, accent: str) -> Chart:
    """Return the loss of each step, faint, and smoothed, with that of the test split over it."""
    x, _ = AXES[axis]
    training = pd.DataFrame(
        {"step": found.step, "seconds": found.seconds, "loss": found.loss, "smoothed": found.smoothed}
    )
    judged = pd.DataFrame({"step": found.test_step, "seconds": found.test_seconds, "test": found.test_loss})
    series = [
        line("each step", 0, x, "loss", lineStyle={"opacity": 0.25, "width": 1}),
        line("smoothed", 0, x, "smoothed", lineStyle={"width": 2.5}),
        line("test set", 1, x, "test", symbolSize=7, showSymbol=True),
    ]
    colours = {"color": [accent, accent, GREY]}
    ran_away = max([*found.loss, *found.test_loss], default=0.0) > RUNAWAY
    y_axis = {"type": "value", "min": 0} | ({"max": RUNAWAY} if ran_away else {})
    return chart("Loss (nats)", axis, end, [training, judged], series, y_axis) | colours


def accuracy_chart(found: Curves, axis: str, end: float | None, accent: str) -> Chart:
    """Return the accuracy over the test split."""
    percent = [100 * accuracy for accuracy in found.accuracy]
    judged = pd.DataFrame({"step": found.test_step, "seconds": found.test_seconds, "accuracy": percent})
    low = int(min(percent, default=0) // 10 * 10)
    x, _ = AXES[axis]
    series = [line("test set", 0, x, "accuracy", symbolSize=7, showSymbol=True, lineStyle={"width": 2.5})]
    y_axis = {"type": "value", "min": low, "max": 100}
    return chart("Test accuracy (%)", axis, end, [judged], series, y_axis) | {"color": [accent], "legend": HIDDEN}


def rate_chart(steps: list[int], rates: list[float], accent: str) -> Chart:
    """Return the learning rate of each step, the whole run's from the start: it is drawn once and never again."""
    series = [line("learning rate", 0, "step", "rate", lineStyle={"width": 2.5})]
    looks = {"color": [accent], "legend": HIDDEN}
    table, y_axis = pd.DataFrame({"step": steps, "rate": rates}), {"type": "value", "min": 0}
    return chart("Learning rate, as planned", "steps", float(steps[-1]), [table], series, y_axis) | looks


def class_chart(confusion: Sequence[Sequence[int]], accent: str) -> Chart:
    """Return the accuracy of each digit as bars."""
    percent = [round(100 * accuracy, 2) for accuracy in accuracy_by_class(confusion)]
    low = max(0, int(min(percent) // 10 * 10) - 10)
    return {
        "animation": False,
        "title": {"text": "Right answers by digit (%)", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 16, "top": 48, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [str(digit) for digit in range(10)], "axisLabel": READABLE},
        "yAxis": {"type": "value", "min": low, "max": 100, "axisLabel": READABLE},
        "color": [accent],
        "series": [{"type": "bar", "name": "right", "data": percent, "barWidth": "60%"}],
    }


def confusion_chart(confusion: Sequence[Sequence[int]], accent: str, paper: str) -> Chart:
    """Return the counts of (label, answer) as a table of squares; only the mistakes are coloured."""
    cells = [[answer, label, count] for label, row in enumerate(confusion) for answer, count in enumerate(row)]
    mistakes = [cell for cell in cells if cell[0] != cell[1] and cell[2]]
    right = [cell for cell in cells if cell[0] == cell[1]]
    names = [str(digit) for digit in range(10)]
    digits = {"type": "category", "data": names, "splitArea": {"show": True}, "axisLabel": READABLE}
    most = max((count for _, _, count in mistakes), default=1)
    return {
        "animation": False,
        "title": {"text": "Mistakes: label down, answer across", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 8, "top": 48, "bottom": 8, "containLabel": True},
        "tooltip": {"formatter": "label {@[1]}, read as {@[0]}: {@[2]}"},
        "xAxis": digits,
        "yAxis": digits | {"inverse": True},
        "visualMap": {
            "show": False,
            "min": 0,
            "max": most,
            "seriesIndex": 0,
            "inRange": {"color": [paper, accent]},
        },
        "series": [
            {"type": "heatmap", "data": mistakes, "label": {"show": True, "fontSize": 11}},
            {
                "type": "heatmap",
                "data": right,
                "label": {"show": True, "fontSize": 11, "color": GREY},
                "itemStyle": {"color": "transparent"},
            },
        ],
    }


def line(name: str, dataset: int, x: str, y: str, **options: object) -> Chart:
    """Return a line from two columns of a dataset."""
    plain = {"type": "line", "name": name, "datasetIndex": dataset, "encode": {"x": x, "y": y}, "showSymbol": False}
    return plain | options


def chart(
    title: str, axis: str, end: float | None, tables: list[pd.DataFrame], series: list[Chart], y_axis: Chart
) -> Chart:
    """Return a chart of lines against steps or seconds, up to `end` where it is known."""
    limits = {} if end is None else {"max": end}
    x_axis = {
        "type": "value",
        "name": AXES[axis][1],
        "nameLocation": "middle",
        "nameGap": 28,
        "nameTextStyle": READABLE,
        "axisLabel": READABLE | {"hideOverlap": True},
        "min": 0,
    }
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6},
        "legend": {"right": 0, "top": 6, "itemWidth": 16, "itemGap": 6, "textStyle": READABLE},
        "grid": {"left": 8, "right": 16, "top": 48, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": x_axis | limits,
        "yAxis": {"axisLabel": READABLE} | y_axis,
        "dataset": [{"source": table} for table in tables],
        "series": series,
    }
