"""Hidden layers of several widths: the page trains those that are asked for, and holds them to the linear model."""

import functools

import pytest

from app_pages.lessons.controls import mlp
from mnist_core.progress import result_of
from mnist_core.training.hidden_layer import HiddenRun, train_hidden
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run

LINEAR = HiddenRun(0, False, 7_850, 0.92)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for 20 steps."""
    monkeypatch.setattr(mlp, "train_hidden", functools.partial(train_hidden, steps=20))


def test_each_network_that_is_trained_is_a_dot_beside_the_linear_model(miniature: Miniature) -> None:
    page = show("mlp")
    assert not charts(page)
    for width, has_relu in ((16, True), (4, True), (16, False), (4, True)):
        run(page.select_slider(mlp.WIDTH).set_value(width))
        run(page.toggle(mlp.RELU).set_value(has_relu))
        run(page.button("course_mlp_train").click())

    def percents(*networks: tuple[int, bool]) -> list[float]:
        results = (
            result_of(train_hidden(miniature.train, width, has_relu=has_relu, steps=20)) for width, has_relu in networks
        )
        return [100 * result.accuracy for result in results]

    bent, straight, level = charts(page)[0]["series"]
    assert [x for x, _ in bent["data"]] == [4, 16] and [x for x, _ in straight["data"]] == [16]
    assert [y for _, y in bent["data"]] == pytest.approx(percents((4, True), (16, True)))
    assert [y for _, y in straight["data"]] == pytest.approx(percents((16, False)))
    assert [y for _, y in level["data"]] == pytest.approx(2 * percents((0, False)))
    assert "4 hidden units with a ReLU give" in words(page)


def test_the_words_hold_a_network_to_the_linear_model() -> None:
    wide = mlp.finding(LINEAR, HiddenRun(128, True, 101_770, 0.965))
    assert "128 hidden units with a ReLU give **96.5%**, 4.5 points more" in wide and "101,770 parameters" in wide
    straight = mlp.finding(LINEAR, HiddenRun(64, False, 50_890, 0.915))
    assert "0.5 points less than the linear model" in straight and "one linear layer" in straight
    assert "as much as the linear model" in mlp.finding(LINEAR, HiddenRun(16, False, 12_730, 0.9201))


def test_the_table_has_every_network() -> None:
    table = mlp.runs_table([LINEAR, HiddenRun(4, True, 3_190, 0.845)])
    assert table["Hidden units"].tolist() == [0, 4] and table["Accuracy (%)"].tolist() == [92, 84.5]
