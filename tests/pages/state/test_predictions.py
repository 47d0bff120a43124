"""Predictions over whole splits: computed once per model and split, the same as one by one, and few are kept."""

import threading

import pytest
import torch

from app_pages.state import predictions, resources
from mnist_core.analysis.embedding import SplitFeatures
from mnist_core.ink.normalisation import normalise
from tests.made import Miniature


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


def test_answers_are_the_same_before_and_after_the_whole_split_is_computed(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_complete = threading.Event()
    computed_in: set[str] = set()
    step = SplitFeatures.step

    def watched(split_features: SplitFeatures) -> None:
        step(split_features)
        computed_in.add(threading.current_thread().name)
        if split_features.is_done:
            is_complete.set()

    monkeypatch.setattr(SplitFeatures, "step", watched)
    numbers = torch.tensor([5, 3, 99])
    before = predictions.answers("test", numbers)
    assert not computed_in  # of these images alone
    predictions.look_ahead()
    assert is_complete.wait(60)
    assert threading.current_thread().name not in computed_in
    torch.testing.assert_close(predictions.answers("test", numbers), before, atol=1e-5, rtol=1e-4)


def test_only_the_predictions_used_last_are_kept(miniature: Miniature) -> None:
    first = predictions.predictions("linear")
    assert predictions.predictions("linear") is first
    later = [(model, name) for model in ("mlp", "cnn") for name in ("test", "train")]
    kept = [predictions.predictions(*each) for each in later]
    assert len(kept) == predictions.MAX_CACHED
    assert all(predictions.predictions(*each) is one for each, one in zip(later, kept, strict=True))
    assert predictions.predictions("linear") is not first
