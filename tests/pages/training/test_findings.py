"""The sentences about the charts: what a screen reader says instead of the picture."""

import pytest

from app_pages.training.findings import (
    accuracy_finding,
    class_finding,
    comparison_finding,
    confusion_finding,
    end_sentence,
    loss_finding,
    probability_finding,
    progress_sentence,
    rate_finding,
)
from mnist_core.runs.curves import Curves


def curves(accuracy: list[float], loss: list[float] | None = None) -> Curves:
    steps = [390 * place for place in range(1, len(accuracy) + 1)]
    losses = [] if loss is None else loss
    at = list(range(1, len(losses) + 1))
    return Curves(at, [0.1] * len(at), losses, losses, steps, [1.0] * len(steps), [0.25] * len(steps), accuracy)


@pytest.mark.parametrize(
    ("accuracy", "sentence"),
    [
        ([], "The test accuracy appears after the first evaluation."),
        ([0.83], "Test accuracy is 83.0% after 390 steps."),
        ([0.83, 0.95, 0.977], "Test accuracy rises from 83.0% to 97.7% in 1,170 steps."),
        ([0.977, 0.9], "Test accuracy falls from 97.7% to 90.0% in 780 steps."),
        ([0.9801, 0.9802], "Test accuracy stays at 98.0% in 780 steps."),
        ([0.83, 0.99, 0.9], "Test accuracy rises from 83.0% to 90.0% in 1,170 steps, after 99.0% at step 780."),
        ([0.0, 1.0], "Test accuracy rises from 0.0% to 100.0% in 780 steps."),
        ([0.98, 0.9999], "Test accuracy rises from 98.0% to >99.9% in 780 steps."),
    ],
)
def test_the_accuracy(accuracy: list[float], sentence: str) -> None:
    assert accuracy_finding(curves(accuracy)) == sentence


def test_the_loss() -> None:
    assert loss_finding(curves([])) == "Nothing to show yet."
    assert loss_finding(curves([], [2.302, 0.051])) == "The loss falls from 2.30 to 0.05 nats in 2 steps."
    both = loss_finding(curves([0.9], [2.3, 3e12]))
    assert both == "The loss rises from 2.30 to 3e+12 nats in 2 steps; on the test set it is 0.25 nats."


def test_the_learning_rate() -> None:
    assert rate_finding([], []) == "Nothing to show yet."
    assert rate_finding([1, 9], [0.01, 0.01]) == "The planned learning rate is 0.01 at every step."
    assert rate_finding([1, 351, 1170], [0.0004, 0.01, 0.0]) == (
        "The planned learning rate goes from 0.0004 by way of 0.01 at step 351 to 0 at step 1,170."
    )
    assert rate_finding([1, 10], [0.01, 0.001]) == "The planned learning rate goes from 0.01 to 0.001 at step 10."


def confusion(**mistakes: int) -> list[list[int]]:
    """Return a hundred images of each digit; `four_nine=3` reads three 4s as 9s."""
    digits = {"four": 4, "nine": 9, "one": 1}
    counts = [[100 * (label == answer) for answer in range(10)] for label in range(10)]
    for words, count in mistakes.items():
        label, answer = (digits[word] for word in words.split("_"))
        counts[label][label] -= count
        counts[label][answer] += count
    return counts


def test_the_mistakes() -> None:
    assert confusion_finding(confusion()) == "No mistake in 1,000 images."
    assert confusion_finding(confusion(four_nine=1)) == (
        "1 mistake in 1,000 images; the most frequent is a 4 read as 9, once."
    )
    assert confusion_finding(confusion(four_nine=3, one_four=2)) == (
        "5 mistakes in 1,000 images; the most frequent is a 4 read as 9, 3 times."
    )
    assert class_finding(confusion(four_nine=3, one_four=2)) == (
        "Digit 0 is read best, 100.0% correctly, and digit 4 worst, 97.0%."
    )


def test_the_probabilities() -> None:
    answers = {100: [0.12] * 10, 50: [0.0004] * 10}
    assert (
        probability_finding(answers, 7)
        == "The probability of 7 rises from <0.1% to 12.0% between step 50 and step 100."
    )
    assert probability_finding({1: [0.12] * 10}, 7) == "The probability of 7 is 12.0% after 1 step."


def test_the_comparison() -> None:
    last = {"MLP": 97.71, "CNN": 98.96, "Linear": 92.0}
    assert comparison_finding("test accuracy", last, "%", is_higher_better=True) == (
        "Of 3 runs, CNN has the highest test accuracy, 99.0%; Linear comes last with 92.0%."
    )
    assert comparison_finding("test loss", {"MLP": 0.2, "CNN": 0.1}, " nats", is_higher_better=False) == (
        "Of 2 runs, CNN has the lowest test loss, 0.10 nats; MLP comes last with 0.20 nats."
    )
    assert comparison_finding("test loss", {"MLP": 0.2}, " nats", is_higher_better=False) == (
        "The test loss of MLP is 0.20 nats."
    )
    assert comparison_finding("test loss", {}, " nats", is_higher_better=False) == "Nothing to show yet."


def test_the_progress_and_the_end() -> None:
    assert progress_sentence(400, 1170, None) == "Step 400 of 1,170."
    assert progress_sentence(400, 1170, 0.951) == "Step 400 of 1,170, 95.1% test accuracy."
    assert end_sentence("finished", 12.2, 0.977) == "Finished: 97.7% test accuracy after 12 s."
    assert end_sentence("stopped", 1.0, None) == "Stopped: after 1 s."
