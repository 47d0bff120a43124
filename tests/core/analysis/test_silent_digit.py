"""A digit that is never answered: counted by hand, and by loops over made answers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.analysis.silent_digit import Report, report_without

GENERATOR = torch.Generator().manual_seed(2)
LABELS = torch.randint(0, 10, (500,), generator=GENERATOR)
PROBABILITIES = torch.softmax(
    torch.randn(500, 10, generator=GENERATOR) + 3 * torch.nn.functional.one_hot(LABELS, 10), dim=1
)


def counted(digit: int | None, share: float) -> tuple[float, list[float]]:
    """Count right answers with loops; returns the accuracy, and that of each digit."""
    right, seen, most = [0] * 10, [0] * 10, 0
    if digit is not None:
        most = max(1, round(share * LABELS.tolist().count(digit)))
    for row, label in zip(PROBABILITIES.tolist(), LABELS.tolist(), strict=True):
        if label == digit and seen[label] == most:
            continue
        answer = max((each for each in range(10) if each != digit), key=lambda each: row[each])
        seen[label] += 1
        right[label] += answer == label
    return sum(right) / sum(seen), [one / all_ if all_ else 0.0 for one, all_ in zip(right, seen, strict=True)]


@given(st.one_of(st.none(), st.integers(0, 9)), st.floats(0.01, 1))
def test_the_report_is_what_counting_with_loops_gives(digit: int | None, share: float) -> None:
    report = report_without(PROBABILITIES, LABELS, digit, share=share)
    accuracy, by_digit = counted(digit, share)
    assert report.accuracy == pytest.approx(accuracy)
    assert report.by_digit == pytest.approx(by_digit)
    if digit is not None:
        assert report.by_digit[digit] == 0 and report.counts[digit] >= 1


def test_a_perfect_model_without_one_digit_loses_only_that_digits_images() -> None:
    labels = torch.arange(10).repeat(10)
    perfect = torch.nn.functional.one_hot(labels, 10).float()
    whole = report_without(perfect, labels, 4)
    assert whole.accuracy == pytest.approx(0.9) and whole.balanced == pytest.approx(0.9)
    rare = report_without(perfect, labels, 4, share=0.1)
    assert rare.counts == (10, 10, 10, 10, 1, 10, 10, 10, 10, 10)
    assert rare.accuracy == pytest.approx(90 / 91)  # it looks almost perfect
    assert rare.balanced == pytest.approx(0.9)  # it is not


def test_the_answers_that_are_given_stay_as_they_are() -> None:
    before = PROBABILITIES.clone()
    report_without(PROBABILITIES, LABELS, 3)
    assert torch.equal(PROBABILITIES, before)


def test_a_digit_without_images_does_not_count_in_the_balanced_accuracy() -> None:
    assert Report(1.0, (1.0, 0.5, *[0.0] * 8), (3, 2, *[0] * 8)).balanced == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("digit", "share", "count", "message"),
    [(10, 1.0, 5, "digit"), (1, 0.0, 5, "share"), (1, 1.5, 5, "share"), (1, 1.0, 0, "one image")],
)
def test_what_cannot_be_reported_is_refused(digit: int, share: float, count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        report_without(PROBABILITIES[:count], LABELS[:count], digit, share=share)
