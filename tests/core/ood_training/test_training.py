import numpy as np
import pytest
import torch

from mnist_core.data.split import Split
from mnist_core.ood_training.examples import COUNTS, DIGIT_GROUPS, STAND_INS, Examples
from mnist_core.ood_training.training import train_ood_detector
from mnist_core.recognition.ood_detector import NOT_A_DIGIT, build_ood_detector

SIZE = 0.006


@pytest.mark.slow
def test_training_is_repeatable_and_lowers_the_loss(digits: Split) -> None:
    without = set(COUNTS) - {*DIGIT_GROUPS, "dots", "hatching", "side by side", "random outline"}

    def run() -> tuple[list[float], torch.Tensor]:
        torch.manual_seed(0)
        ood_detector = build_ood_detector()
        reports = list(train_ood_detector(digits, 3, ood_detector, without=without, size=SIZE))
        assert [report.activity for report in reports[:2]] == ["making re-inked digits", "making stand-in digits"]
        assert reports[-1].done == reports[-1].total
        weights = torch.cat([weight.detach().flatten() for weight in ood_detector.parameters()])
        return [report.loss for report in reports if report.loss is not None], weights

    (losses, weights), (again, same) = run(), run()
    assert losses == again
    assert torch.equal(weights, same)
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.slow
def test_groups_in_the_cache_are_used_and_missing_ones_are_added(digits: Split) -> None:
    without = set(COUNTS) - {*DIGIT_GROUPS, "dots", "random outline"}
    standins = Examples(digits.images, digits.labels)
    # One outline that looks exactly like a digit, and one that looks like none.
    outlines = torch.stack([digits.images[0], torch.full((28, 28), 9, dtype=torch.uint8)])
    cache = {STAND_INS: standins, "random outline": Examples(outlines, torch.full((2,), NOT_A_DIGIT))}
    for _ in train_ood_detector(digits, 3, build_ood_detector(), without=without, size=SIZE, cache=cache):
        pass
    assert cache[STAND_INS] is standins
    assert set(cache) == {*DIGIT_GROUPS, "dots", "random outline"}
    assert torch.equal(cache["random outline"].images, outlines[1:])
    assert len(cache["random outline"].labels) == 1
