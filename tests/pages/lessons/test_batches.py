"""Mini-batches of several sizes: the page trains those that are asked for, and says what came of them."""

import functools

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import batches
from mnist_core.training.batch_noise import BatchRun
from mnist_core.training.batch_noise import train_with_batches as train
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


def made_run(size: int, accuracies: tuple[float, ...]) -> BatchRun:
    count = len(accuracies)
    times, seen = tuple(place / 10 for place in range(count)), tuple(place * size for place in range(count))
    return BatchRun(size, count, 2.0 / size, times, seen, accuracies, tuple(1 - each for each in accuracies))


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for 50 ms."""
    monkeypatch.setattr(batches, "train_with_batches", functools.partial(train, seconds=0.05))


def trained_with(*sizes: int) -> AppTest:
    page = show("batches")
    for size in sizes:
        run(page.select_slider(batches.SIZE).set_value(size))
        run(page.button("course_batches_train").click())
    return page


def test_nothing_trains_before_somebody_asks(miniature: Miniature) -> None:
    page = show("batches")
    assert not charts(page) and not page.dataframe


def test_each_size_that_is_asked_for_has_a_curve_and_a_row(miniature: Miniature) -> None:
    page = trained_with(128, 1, 128)
    lines = charts(page)[0]["series"]
    assert [line["name"] for line in lines] == ["1 image", "128 images"]
    assert all(len(line["data"]) == 40 for line in lines)
    table = page.dataframe[0].value
    assert table["Batch size"].tolist() == [1, 128]
    assert (table["Images seen"] == table["Steps"] * table["Batch size"]).all()
    assert table["Noise (×)"][0] > 10 * table["Noise (×)"][1]
    assert "After 1 s, mini-batches of" in words(page)


def test_the_words_say_who_leads_and_how_calm_each_is() -> None:
    runs = [made_run(1, (0.1, 0.5, 0.6, 0.9, 0.7)), made_run(16, (0.1, 0.7, 0.75, 0.8, 0.8))]
    text = batches.finding_of(runs)
    assert "mini-batches of 16 images give 80.0%" in text
    assert "30.0 points with 1 image, 5.0 points with 16 images" in text


def test_the_table_has_every_evaluation() -> None:
    table = batches.points_table([made_run(1, (0.1, 0.5)), made_run(16, (0.2, 0.6))])
    assert table["Accuracy (%)"].tolist() == [10, 50, 20, 60]
    assert table["Images seen"].tolist() == [0, 1, 0, 16]
