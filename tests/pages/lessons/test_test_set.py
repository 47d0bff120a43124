"""A model that learns by heart: the page shows the nearest memorised image, and both accuracies."""

import re

import numpy as np
from scipy.spatial.distance import cdist
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import test_set
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import html_of, run


def nearest(miniature: Miniature, size: int) -> np.ndarray:
    """Return the most similar of the first training images for each test image."""
    tests, known = (split.images.numpy().reshape(len(split), -1) / 255 for split in (miniature.test, miniature.train))
    return np.asarray(cdist(tests, known[:size]).argmin(axis=1))


def pictures(page: AppTest) -> list[str]:
    (piece,) = [each for each in html_of(page) if 'class="nearest"' in each]
    return re.findall(r'alt="([^"]+)"', piece)


def test_a_test_image_is_shown_with_the_most_similar_memorised_image(miniature: Miniature) -> None:
    page = show("test-set")
    run(page.number_input(test_set.NUMBER).set_value(5))
    for size in (10, 300):
        run(page.select_slider(test_set.SIZE).set_value(size))
        near = int(nearest(miniature, size)[5])
        label, answer = int(miniature.test.labels[5]), int(miniature.train.labels[near])
        assert pictures(page) == [f"test image 5, label {label}", f"training image {near}, label {answer}"]
        assert f"it answers {answer}: {'right' if answer == label else 'wrong'}" in words(page)


def test_the_chart_and_the_words_have_both_accuracies(miniature: Miniature) -> None:
    page = show("test-set")
    on_test, on_memorised = (dict(map(tuple, line["data"])) for line in charts(page)[0]["series"])
    assert list(on_test) == [10, 30, 100, 300] and set(on_memorised.values()) == {100}
    for size, accuracy in on_test.items():
        answers = miniature.train.labels[nearest(miniature, size)]
        assert abs(accuracy - 100 * float((answers == miniature.test.labels).double().mean())) < 1e-9
    run(page.select_slider(test_set.SIZE).set_value(30))
    assert charts(page)[0]["series"][0]["markLine"]["data"][0]["xAxis"] == 30
    assert "With 30 images, it answers 100% of those that it has memorised correctly" in words(page)
    assert f"**{on_test[30]:.1f}%** of 100 test images" in words(page)
