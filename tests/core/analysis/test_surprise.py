"""Cross-entropy of one image: PyTorch's own, and numbers that can be worked out by hand."""

import math

import pytest
import torch
from torch.nn import functional

from mnist_core.analysis.surprise import LEAST, surprise, surprise_curve


def test_it_is_pytorchs_cross_entropy_for_each_label() -> None:
    logits = torch.randn(10, generator=torch.Generator().manual_seed(4))
    expected = [float(functional.cross_entropy(logits[None], torch.tensor([label]))) for label in range(10)]
    assert surprise(logits.softmax(dim=0)).tolist() == pytest.approx(expected, abs=1e-5)


def test_a_certain_label_costs_nothing_and_an_impossible_one_everything() -> None:
    certain, guessed, impossible = surprise(torch.tensor([1.0, 0.1, 0.0])).tolist()
    assert certain == 0 and math.copysign(1, certain) == 1
    assert guessed == pytest.approx(math.log(10)) and impossible == math.inf


def test_the_curve_rises_to_certainty_and_lies_on_the_logarithm() -> None:
    curve = surprise_curve(5)
    assert [loss for _, loss in curve] == pytest.approx([-math.log(probability) for probability, _ in curve])
    assert curve[0][0] == pytest.approx(LEAST) and curve[-1] == (1.0, 0.0)
    assert [probability for probability, _ in curve] == sorted(probability for probability, _ in curve)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="must be in"):
        surprise(torch.tensor([0.5, wrong]))
