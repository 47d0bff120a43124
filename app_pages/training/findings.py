"""What the charts of training show, each in one sentence: their alternative texts."""

from collections.abc import Mapping, Sequence

from app_pages.components.html import percent
from mnist_core.models.evaluation import accuracy_by_class
from mnist_core.runs.curves import Curves

NOTHING_YET = "Nothing to show yet."


def accuracy_finding(shown: Curves) -> str:
    """Return how the test accuracy changed: "Test accuracy rises from 83.0% to 97.7% in 1,170 steps."."""
    if not shown.accuracy:
        return "The test accuracy appears after the first evaluation."
    first, last, step = _share(shown.accuracy[0]), _share(shown.accuracy[-1]), shown.test_step[-1]
    if len(shown.accuracy) == 1:
        return f"Test accuracy is {last} after {_steps(step)}."
    best = max(range(len(shown.accuracy)), key=lambda place: shown.accuracy[place])
    highest = _share(shown.accuracy[best])
    peak = f", after {highest} at step {shown.test_step[best]:,}" if highest not in (first, last) else ""
    change = _change(shown.accuracy[0], shown.accuracy[-1], first, last)
    return f"Test accuracy {change} in {_steps(step)}{peak}."


def loss_finding(shown: Curves) -> str:
    """Return how the smoothed loss changed, and where the loss on the test set is."""
    if not shown.smoothed:
        return NOTHING_YET
    first, last = _nats(shown.smoothed[0]), _nats(shown.smoothed[-1])
    change = _change(shown.smoothed[0], shown.smoothed[-1], first, last)
    test = f"; on the test set it is {_nats(shown.test_loss[-1])} nats" if shown.test_loss else ""
    return f"The loss {change} nats in {_steps(shown.step[-1])}{test}."


def rate_finding(steps: Sequence[int], rates: Sequence[float]) -> str:
    """Return how the planned learning rate changes over the whole run."""
    if not rates:
        return NOTHING_YET
    first, last, highest = f"{rates[0]:.2g}", f"{rates[-1]:.2g}", f"{max(rates):.2g}"
    if first == last == highest:
        return f"The planned learning rate is {first} at every step."
    peak = f" by way of {highest} at step {steps[rates.index(max(rates))]:,}" if highest not in (first, last) else ""
    return f"The planned learning rate goes from {first}{peak} to {last} at step {steps[-1]:,}."


def class_finding(confusion: Sequence[Sequence[int]]) -> str:
    """Return which digit is read best and which worst."""
    accuracies = accuracy_by_class(confusion)
    best = max(range(len(accuracies)), key=lambda digit: accuracies[digit])
    worst = min(range(len(accuracies)), key=lambda digit: accuracies[digit])
    return (
        f"Digit {best} is read best, {_share(accuracies[best])} correctly, and digit {worst} worst, "
        f"{_share(accuracies[worst])}."
    )


def confusion_finding(confusion: Sequence[Sequence[int]]) -> str:
    """Return how many mistakes there are, and which is the most frequent."""
    total = sum(map(sum, confusion))
    mistakes = {
        (label, answer): count
        for label, row in enumerate(confusion)
        for answer, count in enumerate(row)
        if label != answer and count
    }
    if not mistakes:
        return f"No mistake in {total:,} images."
    (label, answer), count = max(mistakes.items(), key=lambda item: item[1])
    made = sum(mistakes.values())
    times = "once" if count == 1 else f"{count:,} times"
    plural = "" if made == 1 else "s"
    return f"{made:,} mistake{plural} in {total:,} images; the most frequent is a {label} read as {answer}, {times}."


def probability_finding(answers: Mapping[int, Sequence[float]], digit: int) -> str:
    """Return how the probability of a digit changed over some steps; `answers` has ten probabilities per step."""
    steps = sorted(answers)
    first, last = answers[steps[0]][digit], answers[steps[-1]][digit]
    if len(steps) == 1:
        return f"The probability of {digit} is {_share(last)} after {_steps(steps[0])}."
    change = _change(first, last, _share(first), _share(last))
    return f"The probability of {digit} {change} between step {steps[0]:,} and step {steps[-1]:,}."


def comparison_finding(title: str, last: Mapping[str, float], unit: str, *, is_higher_better: bool) -> str:
    """Return which of some runs is ahead.

    Args:
        title: what is compared, such as "test accuracy".
        last: the last value of each run that has one, by its name.
        unit: what follows a number, such as "%" or " nats".
        is_higher_better: True for an accuracy, False for a loss.
    """
    if not last:
        return NOTHING_YET
    ranked = sorted(last, key=lambda name: last[name], reverse=is_higher_better)
    word = "highest" if is_higher_better else "lowest"

    def value(name: str) -> str:
        return f"{last[name]:.1f}{unit}" if unit == "%" else f"{_nats(last[name])}{unit}"

    if len(ranked) == 1:
        return f"The {title} of {ranked[0]} is {value(ranked[0])}."
    behind = f"{ranked[-1]} comes last with {value(ranked[-1])}"
    return f"Of {len(ranked)} runs, {ranked[0]} has the {word} {title}, {value(ranked[0])}; {behind}."


def progress_sentence(step: int, steps: int, accuracy: float | None) -> str:
    """Return how far a run is, for those who cannot see it."""
    reached = "" if accuracy is None else f", {_share(accuracy)} test accuracy"
    return f"Step {step:,} of {steps:,}{reached}."


def end_sentence(state: str, seconds: float, accuracy: float | None) -> str:
    """Return how a run ended: "Finished: 97.7% test accuracy after 12 s."."""
    reached = "" if accuracy is None else f"{_share(accuracy)} test accuracy "
    return f"{state.capitalize()}: {reached}after {seconds:,.0f} s."


def _change(before: float, after: float, first: str, last: str) -> str:
    if first == last:
        return f"stays at {last}"
    return f"{'rises' if after > before else 'falls'} from {first} to {last}"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _share(fraction: float) -> str:
    return percent(fraction, escaped=False) if 0 < fraction < 1 else f"{fraction:.1%}"


def _nats(loss: float) -> str:
    return f"{loss:,.2f}" if loss < 1e6 else f"{loss:.0e}"
