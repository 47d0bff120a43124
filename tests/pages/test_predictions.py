"""What models make of whole splits: once a model and split, the same as asked one by one, and not too many."""

import time
from collections.abc import Iterator

import pytest
import streamlit as st
import torch

from app_pages.state import predictions, resources
from mnist_core.ink.normalisation import normalise
from tests.made import Miniature


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_predictions_are_probabilities_of_the_whole_test_split(miniature: Miniature) -> None:
    found = predictions.predictions("linear")
    assert found.shape == (100, 10)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(100))
    assert predictions.predictions("linear") is found  # once a model


def test_predictions_of_a_split_are_its_own(miniature: Miniature) -> None:
    train, test = predictions.predictions("linear", "train"), predictions.predictions("linear")
    assert (len(train), len(test)) == (len(miniature.train), len(miniature.test))
    expected = resources.predictor_for("linear").probabilities(normalise(miniature.train.images))
    torch.testing.assert_close(train, expected, atol=1e-5, rtol=1e-4)


def test_answers_are_the_same_before_and_after_the_whole_split_was_seen(miniature: Miniature) -> None:
    numbers = torch.tensor([5, 3, 99])
    before = predictions.answers("test", numbers)
    assert not predictions._feature_cache().of("cnn", miniature.test).split_features.done
    predictions.look_ahead()
    deadline = time.monotonic() + 30
    while not predictions._feature_cache().of("cnn", miniature.test).split_features.is_done:  # another thread looks
        assert time.monotonic() < deadline
        time.sleep(0.01)
    torch.testing.assert_close(predictions.answers("test", numbers), before, atol=1e-5, rtol=1e-4)


def test_only_the_last_few_surveys_are_kept(miniature: Miniature) -> None:
    first = predictions._feature_cache().of("linear", miniature.test)
    assert predictions._feature_cache().of("linear", miniature.test) is first
    for model in ("mlp", "cnn"):
        for split in (miniature.test, miniature.train):
            predictions._feature_cache().of(model, split)
    assert len(predictions._feature_cache().kept) == predictions.MAX_CACHED
    assert predictions._feature_cache().of("linear", miniature.test) is not first
