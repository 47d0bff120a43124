"""The charts of training as ECharts options: only how they look, no maths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mnist_core.constants import CLASSES
from mnist_core.models.evaluation import accuracy_by_class
from mnist_core.runs.curves import Curves

Chart = dict[str, Any]
GREY = "#8b90a5"  # visible on light and on dark
NOT_SHOWN = {"show": False}
TEXT = {"fontSize": 14}  # readable from the last row of a classroom
MARGINS = {"left": 8, "right": 16, "top": 48, "bottom": 32, "containLabel": True}  # px
BELOW_LEGEND = MARGINS | {"top": 72}
NO_SYMBOL = {"opacity": 0}  # of a line in the legend, which otherwise shows a dot
MAX_LOSS = 1_000.0  # nats; the chart of a loss that diverges is cut off here
DIGITS = [str(digit) for digit in range(CLASSES)]


@dataclass(frozen=True)
class XAxis:
    """What a curve is drawn against: a column of its table, and the words at the axis."""

    column: str
    title: str


X_AXES = {"steps": XAxis("step", "step"), "seconds": XAxis("seconds", "training time (s)")}


def loss_chart(shown: Curves, axis: str, end: float | None, accent: str, ink: str) -> Chart:
    """Return the loss of each step, faint, the smoothed loss, thick, and the loss on the test set, with dots.

    Args:
        shown: what to draw.
        axis: one of `X_AXES`.
        end: where the horizontal axis ends, None for the last point.
        accent: the colour of the loss on the training images.
        ink: the colour of the loss on the test set.
    """
    x = X_AXES[axis].column
    training = pd.DataFrame(
        {"step": shown.step, "seconds": shown.seconds, "loss": shown.loss, "smoothed": shown.smoothed}
    )
    test = pd.DataFrame({"step": shown.test_step, "seconds": shown.test_seconds, "test": shown.test_loss})
    series = [
        line("each step", 0, x, "loss", symbol="none", lineStyle={"opacity": 0.35, "width": 1}),
        line("smoothed", 0, x, "smoothed", symbol="none", lineStyle={"width": 3}),
        line("test set", 1, x, "test", symbol="circle", symbolSize=8, showSymbol=True, lineStyle={"width": 1.5}),
    ]
    # The symbols of the legend are those of the lines: faint, thick, and with dots.
    legend = [
        {"name": "each step", "lineStyle": {"width": 1, "opacity": 0.6}, "itemStyle": NO_SYMBOL},
        {"name": "smoothed", "lineStyle": {"width": 4}, "itemStyle": NO_SYMBOL},
        {"name": "test set", "lineStyle": {"width": 1.5}},
    ]
    diverged = max([*shown.loss, *shown.test_loss], default=0.0) > MAX_LOSS
    y_axis = {"type": "value", "min": 0} | ({"max": MAX_LOSS} if diverged else {})
    chart = line_chart("Loss (nats)", axis, end, [training, test], series, y_axis)
    return chart | {"color": [accent, accent, ink], "legend": chart["legend"] | {"data": legend}, "grid": BELOW_LEGEND}


def accuracy_chart(shown: Curves, axis: str, end: float | None, accent: str) -> Chart:
    """Return the accuracy on the test set."""
    percent = [100 * accuracy for accuracy in shown.accuracy]
    test = pd.DataFrame({"step": shown.test_step, "seconds": shown.test_seconds, "accuracy": percent})
    lowest = int(min(percent, default=0) // 10 * 10)
    x = X_AXES[axis].column
    series = [line("test set", 0, x, "accuracy", symbolSize=7, showSymbol=True, lineStyle={"width": 2.5})]
    y_axis = {"type": "value", "min": lowest, "max": 100}
    looks = {"color": [accent], "legend": NOT_SHOWN, "grid": BELOW_LEGEND}  # level with the loss beside it
    return line_chart("Test accuracy (%)", axis, end, [test], series, y_axis) | looks


def rate_chart(steps: list[int], rates: list[float], accent: str) -> Chart:
    """Return the learning rate of each step of the whole run; it never changes while the run trains."""
    series = [line("learning rate", 0, "step", "rate", lineStyle={"width": 2.5})]
    looks = {"color": [accent], "legend": NOT_SHOWN}
    table, y_axis = pd.DataFrame({"step": steps, "rate": rates}), {"type": "value", "min": 0, "splitNumber": 2}
    return line_chart("Planned learning rate", "steps", float(steps[-1]), [table], series, y_axis) | looks


def class_chart(confusion: Sequence[Sequence[int]], accent: str) -> Chart:
    """Return the accuracy of each digit as bars."""
    percent = [round(100 * accuracy, 2) for accuracy in accuracy_by_class(confusion)]
    lowest = max(0, int(min(percent) // 10 * 10) - 10)
    return _frame("Test accuracy per digit (%)") | {
        "tooltip": {"trigger": "axis"},
        "xAxis": titled("true digit") | {"type": "category", "data": DIGITS},
        "yAxis": {"type": "value", "min": lowest, "max": 100, "axisLabel": TEXT},
        "color": [accent],
        "series": [{"type": "bar", "name": "accuracy", "data": percent, "barWidth": "60%"}],
    }


def confusion_chart(confusion: Sequence[Sequence[int]], accent: str, paper: str, ink: str) -> Chart:
    """Return the counts of (label, answer) as a table of squares; only the mistakes are coloured.

    Args:
        confusion: (10, 10) counts, one row per label.
        accent: the colour of the most frequent mistake.
        paper: the colour of no mistake.
        ink: the colour of the counts of correct answers.
    """
    cells = [[answer, label, count] for label, row in enumerate(confusion) for answer, count in enumerate(row)]
    mistakes = [cell for cell in cells if cell[0] != cell[1] and cell[2]]
    correct = [cell for cell in cells if cell[0] == cell[1]]
    digits = {"type": "category", "data": DIGITS, "splitArea": {"show": True}}
    return _frame("Mistakes (images)") | {
        "grid": MARGINS | {"left": 32},  # room for the title of the vertical axis
        "tooltip": {"formatter": "label {@[1]}, read as {@[0]}: {@[2]}"},
        "xAxis": digits | titled("model's answer"),
        "yAxis": digits | titled("true digit") | {"inverse": True, "nameGap": 24},
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max((count for _, _, count in mistakes), default=1),
            "seriesIndex": 0,
            "inRange": {"color": [paper, accent]},
        },
        "series": [
            {"type": "heatmap", "data": mistakes, "label": {"show": True, "fontSize": 11}},
            {
                "type": "heatmap",
                "data": correct,
                "label": {"show": True, "fontSize": 11, "color": ink},
                "itemStyle": {"color": "transparent"},
            },
        ],
    }


def line(name: str, dataset: int, x: str, y: str, **options: object) -> Chart:
    """Return a line from two columns of a dataset."""
    plain = {"type": "line", "name": name, "datasetIndex": dataset, "encode": {"x": x, "y": y}, "showSymbol": False}
    return plain | options


def line_chart(
    title: str, axis: str, end: float | None, tables: list[pd.DataFrame], series: list[Chart], y_axis: Chart
) -> Chart:
    """Return a chart of lines against steps or seconds, from 0 up to `end` where it is known."""
    x_axis = titled(X_AXES[axis].title) | {"type": "value", "axisLabel": TEXT | {"hideOverlap": True}, "min": 0}
    return _frame(title) | {
        "legend": {"left": 0, "top": 32, "padding": 0, "itemWidth": 26, "itemGap": 14, "textStyle": TEXT},
        "tooltip": {"trigger": "axis"},
        "xAxis": x_axis | ({} if end is None else {"max": end}),
        "yAxis": {"axisLabel": TEXT} | y_axis,
        "dataset": [{"source": table} for table in tables],
        "series": series,
    }


def _frame(title: str) -> Chart:
    return {"animation": False, "title": {"text": title, "left": 0, "top": 6}, "grid": MARGINS}


def titled(name: str) -> Chart:
    """Return the options of an axis with its name below or beside it."""
    return {"name": name, "nameLocation": "middle", "nameGap": 28, "nameTextStyle": TEXT, "axisLabel": TEXT}


def loss_table(shown: Curves) -> pd.DataFrame:
    """Return the numbers of `loss_chart`: some steps, with the loss on the test set where it was measured."""
    training = pd.DataFrame(
        {"step": shown.step, "time (s)": shown.seconds, "loss": shown.loss, "smoothed loss": shown.smoothed}
    )
    test = pd.DataFrame({"step": shown.test_step, "time (s)": shown.test_seconds, "test loss": shown.test_loss})
    return training.merge(test, how="outer", on=["step", "time (s)"]).sort_values("step").round(4)


def accuracy_table(shown: Curves) -> pd.DataFrame:
    """Return the numbers of `accuracy_chart`, one row per evaluation."""
    percent = [round(100 * accuracy, 2) for accuracy in shown.accuracy]
    return pd.DataFrame({"step": shown.test_step, "time (s)": shown.test_seconds, "test accuracy (%)": percent}).round(
        {"time (s)": 2}
    )


def class_table(confusion: Sequence[Sequence[int]]) -> pd.DataFrame:
    """Return the numbers of `class_chart`, one row per digit."""
    rows = [(row[label], sum(row)) for label, row in enumerate(confusion)]
    percent = [round(100 * accuracy, 2) for accuracy in accuracy_by_class(confusion)]
    right, total = zip(*rows, strict=True)
    return pd.DataFrame({"digit": DIGITS, "accuracy (%)": percent, "correct": right, "images": total})


def confusion_table(confusion: Sequence[Sequence[int]]) -> pd.DataFrame:
    """Return the numbers of `confusion_chart`, one row per true digit."""
    columns = {f"read as {answer}": [row[answer] for row in confusion] for answer in range(CLASSES)}
    return pd.DataFrame({"true digit": DIGITS} | columns)
