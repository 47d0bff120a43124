"""How the reliability of a model is shown."""

from app_pages.drawing.reliability import reliability_chart, reliability_table
from mnist_core.models.evaluation import Reliability


def test_a_reliability_chart_has_a_dot_for_each_bin_and_the_diagonal() -> None:
    diagonal, dots = reliability_chart(Reliability([0.25, 0.9], [0.5, 0.8], [10, 1000], 0.2))["series"]
    assert diagonal["data"] == [[0, 0], [100, 100]]
    assert [dot["value"] for dot in dots["data"]] == [[25, 50], [90, 80]]
    assert dots["data"][0]["symbolSize"] < dots["data"][1]["symbolSize"]


def test_the_dots_of_the_reliability_chart_are_there_as_numbers() -> None:
    measured = Reliability([0.55, 0.951], [0.5, 0.96], [4, 100], 0.01)
    table = reliability_table(measured)
    assert table["Confidence (%)"].tolist() == [55.0, 95.1] and table["Accuracy (%)"].tolist() == [50.0, 96.0]
    assert table["Images"].tolist() == [4, 100]
