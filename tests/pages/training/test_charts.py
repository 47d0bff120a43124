"""What the charts of training show, and how far their axes go."""

import pytest

from app_pages.training.charts import (
    MAX_LOSS,
    X_AXES,
    accuracy_chart,
    accuracy_table,
    class_chart,
    class_table,
    confusion_chart,
    confusion_table,
    loss_chart,
    loss_table,
    rate_chart,
)
from mnist_core.runs.curves import Curves, curves
from mnist_core.runs.history import History
from mnist_core.training.report import StepReport


def curves_of(losses: list[float], accuracies: dict[int, float]) -> Curves:
    """Return the curves of a run that was evaluated after some of its steps."""
    reports = [
        StepReport(step, len(losses), 0.1 * step, 0.5 * step, loss, 0.01, 32 * step, *evaluation(accuracies.get(step)))
        for step, loss in enumerate(losses, start=1)
    ]
    return curves(History(reports))


def evaluation(accuracy: float | None) -> tuple[float | None, float | None]:
    return (None, None) if accuracy is None else (1 - accuracy, accuracy)


@pytest.mark.parametrize("axis", X_AXES)
def test_every_line_is_drawn_from_columns_of_its_table(axis: str) -> None:
    shown = curves_of([2.0, 1.0, 0.5], {3: 0.87})
    for chart in (loss_chart(shown, axis, 3.0, "#123456", "#000000"), accuracy_chart(shown, axis, 3.0, "#123456")):
        tables = [dataset["source"] for dataset in chart["dataset"]]
        for series in chart["series"]:
            columns = tables[series["datasetIndex"]].columns
            assert series["encode"]["x"] == X_AXES[axis].column and set(series["encode"].values()) <= set(columns)
        assert chart["xAxis"]["max"] == 3.0


def test_the_accuracy_is_shown_in_per_cent_from_the_ten_below_the_lowest() -> None:
    chart = accuracy_chart(curves_of([1.0, 1.0], {1: 0.876, 2: 0.93}), "steps", None, "#123456")
    assert chart["dataset"][0]["source"]["accuracy"].tolist() == pytest.approx([87.6, 93])
    assert (chart["yAxis"]["min"], chart["yAxis"]["max"]) == (80, 100)
    assert "max" not in chart["xAxis"]


@pytest.mark.parametrize(("highest", "is_cut_off"), [(MAX_LOSS, False), (2 * MAX_LOSS, True)])
def test_a_loss_that_diverges_is_cut_off(highest: float, is_cut_off: bool) -> None:
    chart = loss_chart(curves_of([1.0, highest], {}), "steps", None, "#123456", "#000000")
    assert chart["yAxis"].get("max") == (MAX_LOSS if is_cut_off else None)


def test_the_planned_rate_ends_with_the_run() -> None:
    chart = rate_chart([1, 5, 10], [0.1, 0.2, 0.01], "#123456")
    assert chart["xAxis"]["max"] == 10.0
    assert chart["dataset"][0]["source"]["rate"].tolist() == [0.1, 0.2, 0.01]


def confusion() -> list[list[int]]:
    """Ten of each digit, of which three 4s are read as 9s."""
    counts = [[10 * (label == answer) for answer in range(10)] for label in range(10)]
    counts[4][4], counts[4][9] = 7, 3
    return counts


def test_only_the_mistakes_of_a_confusion_matrix_are_coloured() -> None:
    chart = confusion_chart(confusion(), "#123456", "#ffffff", "#000000")
    mistakes, correct = (series["data"] for series in chart["series"])
    assert mistakes == [[9, 4, 3]]
    assert correct == [[digit, digit, 7 if digit == 4 else 10] for digit in range(10)]
    assert chart["visualMap"]["max"] == 3 and chart["visualMap"]["seriesIndex"] == 0


def test_the_accuracy_of_each_digit_is_a_bar() -> None:
    chart = class_chart(confusion(), "#123456")
    (bars,) = chart["series"]
    assert bars["data"] == [100, 100, 100, 100, 70, 100, 100, 100, 100, 100]
    assert chart["yAxis"]["min"] == 60


def test_the_lines_of_the_loss_differ_in_the_legend_as_they_do_in_the_chart() -> None:
    chart = loss_chart(curves_of([2.0, 1.0], {2: 0.87}), "steps", None, "#123456", "#000000")
    marks = {}
    for each, shown in zip(chart["series"], chart["legend"]["data"], strict=True):
        assert shown["name"] == each["name"]
        marks[each["name"]] = (each["symbol"], shown["lineStyle"]["width"], shown["lineStyle"].get("opacity", 1))
    assert marks == {"each step": ("none", 1, 0.6), "smoothed": ("none", 4, 1), "test set": ("circle", 1.5, 1)}
    assert chart["color"] == ["#123456", "#123456", "#000000"]


def test_every_chart_has_its_numbers_as_a_table() -> None:
    shown = curves_of([2.0, 1.0, 0.5], {2: 0.876, 3: 0.9})
    loss = loss_table(shown)
    assert loss["loss"].tolist() == [2.0, 1.0, 0.5] and loss["smoothed loss"].tolist() == [2.0, 1.5, 1.1667]
    assert loss["test loss"].tolist()[1:] == [0.124, 0.1] and loss["test loss"].isna().tolist() == [True, False, False]
    assert accuracy_table(shown).to_dict("list") == {
        "step": [2, 3],
        "time (s)": [1.0, 1.5],
        "test accuracy (%)": [87.6, 90.0],
    }
    assert class_table(confusion()).iloc[4].to_dict() == {
        "digit": "4",
        "accuracy (%)": 70.0,
        "correct": 7,
        "images": 10,
    }
    counts = confusion_table(confusion())
    assert counts.iloc[4]["read as 9"] == 3 and counts["read as 4"].tolist() == [0, 0, 0, 0, 7, 0, 0, 0, 0, 0]
