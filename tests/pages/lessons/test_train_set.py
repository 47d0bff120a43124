"""The first training images: the bars are the labels at hand, and the words say which digit is missing."""

from collections import Counter

import pytest

from app_pages.lessons.controls import train_set
from mnist_core.analysis.first_images import FirstImages
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run


@pytest.mark.parametrize("count", [5, 200, 400])
def test_the_bars_are_the_shares_of_the_labels(count: int, miniature: Miniature) -> None:
    page = show("train-set")
    run(page.select_slider(train_set.COUNT).set_value(count))
    found = Counter(miniature.train.labels[:count].tolist())
    bars = charts(page)[0]["series"][0]["data"]
    assert [bar["value"] for bar in bars] == pytest.approx(
        [100 * found[digit] / count for digit in range(10)], abs=0.01
    )
    missing = [digit for digit in range(10) if not found[digit]]
    assert ("there is **no " in words(page)) == bool(missing)


def test_the_last_option_is_all_images(miniature: Miniature) -> None:
    page = show("train-set")
    assert page.select_slider(train_set.COUNT).options[-1] == "400"
    run(page.select_slider(train_set.COUNT).set_value(400))
    text = words(page).replace(train_set.SPACE, " ")
    assert "**313.6 KB**" in text and "**6 min 40 s**" in text


def test_the_words_say_what_is_missing_and_what_is_frequent() -> None:
    assert "is **no 6, 7 or 8**" in train_set.finding(FirstImages((1, 3, 1, 1, 2, 1, 0, 0, 0, 1)))
    assert "is **no 9**" in train_set.finding(FirstImages((1, 3, 1, 1, 2, 1, 1, 1, 1, 0)))
    assert "first image is a 5" in train_set.finding(FirstImages((0, 0, 0, 0, 0, 1, 0, 0, 0, 0)))
    text = train_set.finding(FirstImages((10, 20, 10, 10, 10, 5, 10, 10, 10, 5)))
    assert "**1**, with 20 images (20.0%)" in text and "**5**, with 5 (5.0%)" in text


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 s"), (60, "1 min"), (61, "1 min 1 s"), (3_600, "1 h"), (60_000, "16 h 40 min")]
)
def test_a_time_has_two_units_at_most(seconds: int, words: str) -> None:
    assert train_set.time_in_words(seconds).replace(train_set.SPACE, " ") == words


@pytest.mark.parametrize(("count", "words"), [(784, "784 bytes"), (7_840, "7.8 KB"), (47_040_000, "47.0 MB")])
def test_memory_has_a_unit_that_suits_it(count: int, words: str) -> None:
    assert train_set.memory_in_words(count).replace(train_set.SPACE, " ") == words
