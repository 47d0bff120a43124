"""Predictions over whole splits: computed once per model and split, the same as one by one, and few are kept."""

import torch

from app_pages.state import predictions, resources
from mnist_core.ink.normalisation import normalise
from tests.made import Miniature
from tests.waiting import wait_for


def test_predictions_are_probabilities_of_the_whole_test_split(miniature: Miniature) -> None:
    probabilities = predictions.predictions("linear")
    assert probabilities.shape == (100, 10)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(100))
    assert predictions.predictions("linear") is probabilities  # computed once per model


def test_each_split_has_its_own_predictions(miniature: Miniature) -> None:
    train, test = predictions.predictions("linear", "train"), predictions.predictions("linear")
    assert (len(train), len(test)) == (len(miniature.train), len(miniature.test))
    expected = resources.predictor_for("linear").probabilities(normalise(miniature.train.images))
    torch.testing.assert_close(train, expected, atol=1e-5, rtol=1e-4)


def test_answers_are_the_same_before_and_after_the_whole_split_is_computed(miniature: Miniature) -> None:
    numbers = torch.tensor([5, 3, 99])
    before = predictions.answers("test", numbers)
    test_features = predictions.feature_cache().get("cnn", miniature.test).split_features
    assert not test_features.done
    predictions.look_ahead()
    wait_for(lambda: test_features.is_done)  # another thread computes them
    torch.testing.assert_close(predictions.answers("test", numbers), before, atol=1e-5, rtol=1e-4)


def test_only_the_features_used_last_are_kept(miniature: Miniature) -> None:
    first = predictions.feature_cache().get("linear", miniature.test)
    assert predictions.feature_cache().get("linear", miniature.test) is first
    for model in ("mlp", "cnn"):
        for split in (miniature.test, miniature.train):
            predictions.feature_cache().get(model, split)
    assert len(predictions.feature_cache().entries) == predictions.MAX_CACHED
    assert predictions.feature_cache().get("linear", miniature.test) is not first
