"""Networks on shuffled tiles: both are trained when somebody asks, and the picture shows what they get to see."""

import base64
import functools
import io
import re

import numpy as np
import pytest
from PIL import Image

from app_pages.lessons.controls import cnn, subject
from mnist_core.progress import result_of
from mnist_core.training.shuffled_tiles import CNN, MLP, NETWORKS, TILES, TileRun, shuffle_tiles, train_on_tiles
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import html_of, run


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for 5 steps."""
    monkeypatch.setattr(cnn, "train_on_tiles", functools.partial(train_on_tiles, steps=5))


def test_the_picture_is_shuffled_as_the_networks_see_it(miniature: Miniature) -> None:
    page = show("cnn")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    run(page.select_slider(cnn.TILE).set_value(4))
    (html,) = [each for each in html_of(page) if f", {cnn.words_of(4)}" in each]
    found = re.search('base64,([^"]+)', html)
    assert found
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))
    assert abs(pixels.astype(int) - shuffle_tiles(miniature.test.images[0], 4).numpy()).max() <= 1


def test_both_networks_have_a_dot_for_each_side_that_was_asked_for(miniature: Miniature) -> None:
    page = show("cnn")
    assert not charts(page)
    run(page.select_slider(cnn.TILE).set_value(1))
    run(page.button("course_cnn_train").click())
    run(page.select_slider(cnn.TILE).set_value(28))
    run(page.button("course_cnn_train").click())
    lines = charts(page)[0]["series"]
    assert [line["name"] for line in lines] == [MLP, CNN]
    for line, network in zip(lines, NETWORKS, strict=True):
        runs = [result_of(train_on_tiles(miniature.train, network, tile, steps=5)) for tile in (28, 1)]
        expected = [[TILES.index(each.tile), pytest.approx(100 * each.accuracy)] for each in runs]
        assert line["data"] == expected
    assert "Not shuffled, the MLP" in words(page)


def test_the_words_say_what_shuffling_cost() -> None:
    runs = [TileRun(MLP, 28, 0.95), TileRun(CNN, 28, 0.97), TileRun(MLP, 1, 0.955), TileRun(CNN, 1, 0.81)]
    text = cnn.finding(runs, 1)
    assert text.startswith(f"Shuffled in tiles of {cnn.name_of(1)} px, the MLP reaches **95.5%** (0.5 points more than")
    assert "and the CNN reaches **81.0%** (16.0 points less than not shuffled)." in text
    assert cnn.finding(runs, 28) == "Not shuffled, the MLP reaches **95.0%** and the CNN reaches **97.0%**."
    assert cnn.runs_table(runs)["Accuracy (%)"].tolist() == [95, 97, 95.5, 81]
