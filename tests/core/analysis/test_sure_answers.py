"""Answers that need to be sure: an example by hand, and what must hold for any model."""

import math

import pytest
import torch

from mnist_core.analysis.sure_answers import SureAnswers, answers_when_sure


def made(confidences: list[tuple[int, float]]) -> torch.Tensor:
    """Return probabilities with an answer and its probability per image; the other nine share the rest."""
    rows = torch.zeros(len(confidences), 10)
    for row, (answer, confidence) in zip(rows, confidences, strict=True):
        row += (1 - confidence) / 9
        row[answer] = confidence
    return rows


PROBABILITIES = made([(3, 0.95), (3, 0.6), (5, 0.9), (3, 0.8), (5, 0.55)])
LABELS = torch.tensor([3, 3, 3, 8, 5])


@pytest.mark.parametrize(
    ("threshold", "digit", "counts"),
    [
        (0.1, None, (5, 5, 3)),
        (0.7, None, (5, 3, 1)),
        (0.99, None, (5, 0, 0)),
        (0.1, 3, (3, 3, 2)),
        (0.7, 3, (3, 2, 1)),
        (0.9, 3, (3, 1, 1)),
        (0.1, 8, (1, 0, 0)),
    ],
)
def test_counts_by_hand(threshold: float, digit: int | None, counts: tuple[int, int, int]) -> None:
    assert answers_when_sure(PROBABILITIES, LABELS, threshold, digit) == SureAnswers(threshold, *counts)


def test_recall_and_precision_by_hand() -> None:
    report = answers_when_sure(PROBABILITIES, LABELS, 0.1, 3)
    assert report.recall == pytest.approx(2 / 3) and report.precision == pytest.approx(2 / 3)
    nothing = answers_when_sure(PROBABILITIES, LABELS, 0.1, 8)
    assert nothing.precision is None and nothing.recall == 0 and nothing.margin == 0
    assert answers_when_sure(PROBABILITIES, LABELS, 0.1, 0).recall is None


def test_the_margin_is_that_of_the_course() -> None:
    report = SureAnswers(0.1, 10_000, 10_000, 9_200)
    assert report.margin == pytest.approx(1.96 * math.sqrt(0.92 * 0.08 / 10_000))


def test_who_has_to_be_surer_answers_less_and_the_digits_add_up() -> None:
    generator = torch.Generator().manual_seed(0)
    probabilities = (3 * torch.randn(500, 10, generator=generator)).softmax(dim=1)
    labels = torch.randint(10, (500,), generator=generator)
    before = answers_when_sure(probabilities, labels, 0)
    assert before.answered == before.images == 500
    for threshold in (0.3, 0.6, 0.9, 1.0):
        report = answers_when_sure(probabilities, labels, threshold)
        assert report.answered < before.answered and report.right <= before.right
        digits = [answers_when_sure(probabilities, labels, threshold, digit) for digit in range(10)]
        assert sum(each.answered for each in digits) == report.answered
        assert sum(each.right for each in digits) == report.right and sum(each.images for each in digits) == 500
        before = report


@pytest.mark.parametrize(("threshold", "digit"), [(1.1, None), (-0.1, 3), (0.5, 10)])
def test_what_is_no_threshold_and_no_digit_is_refused(threshold: float, digit: int | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        answers_when_sure(PROBABILITIES, LABELS, threshold, digit)
