"""Overfitting on the slider's number of images: the curves, the words and the table say the same."""

import functools

import pytest

from app_pages.lessons.controls import overfitting
from mnist_core.progress import result_of
from mnist_core.training.overfitting import OverfittingRun, train_on_few
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for 20 steps."""
    monkeypatch.setattr(overfitting, "train_on_few", functools.partial(train_on_few, steps=20))


def test_the_curves_end_where_the_words_say(miniature: Miniature) -> None:
    page = show("overfitting")
    expected = result_of(train_on_few(miniature.train, 100, steps=20))
    known, others = (line["data"] for line in charts(page)[0]["series"])
    assert known[-1] == [20, pytest.approx(100 * expected.accuracies[-1])]
    assert others[-1] == [20, pytest.approx(100 * expected.validation_accuracies[-1])]
    assert f"{overfitting.share(expected.accuracies[-1])} of its 100 training images" in words(page)
    assert f"{overfitting.share(expected.validation_accuracies[-1])} of 200 others" in words(page)


def test_the_loss_can_be_shown_instead(miniature: Miniature) -> None:
    page = show("overfitting")
    run(page.segmented_control(overfitting.MEASURE).set_value(overfitting.LOSS))
    (chart,) = charts(page)
    assert chart["title"]["text"] == "Loss (nats)"
    expected = result_of(train_on_few(miniature.train, 100, steps=20))
    assert [y for _, y in chart["series"][1]["data"]] == pytest.approx(expected.validation_losses)


def test_the_gaps_of_all_sizes_tried_stand_side_by_side(miniature: Miniature) -> None:
    page = show("overfitting")
    assert not page.dataframe
    run(page.select_slider(overfitting.SIZE).set_value(50))
    table = page.dataframe[0].value
    assert table["Images"].tolist() == [50, 100]
    assert (table["Training (%)"] - table["Validation (%)"] - table["Gap (points)"]).abs().max() < 0.2


def test_all_right_is_a_hundred_percent_and_the_gap_is_in_points() -> None:
    made = OverfittingRun(50, 2000, (0, 1), (0.1, 1.0), (2.0, 0.1), (0.1, 0.7), (2.0, 1.0))
    assert "100% of its 50 training images" in overfitting.finding(made)
    assert "70.0% of 2,000 others: a gap of 30.0 points" in overfitting.finding(made)
