"""The challenges of training: the best run of 60 seconds, and the smallest model above 98%."""

from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.challenges.scoring import Score
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import BATCH
from mnist_core.progress import Progress
from mnist_core.training.subset import subset_size, unused_subset

FAST_KEY, SMALL_KEY = "fast", "small"
MAX_SECONDS = 60.0  # s of training
MIN_ACCURACY = 0.98  # on the test split
MIN_VALIDATION, MAX_VALIDATION = 1_000, 10_000  # images; fewer say too little, more take too long


@dataclass(frozen=True)
class RunFacts:
    """What a run's records say of it.

    Attributes:
        name: what people call it.
        config: its settings.
        has_finished: whether it took all its steps.
        seconds: its training time, in s, without pauses.
        test_accuracy: at its end, on the test split, as a fraction; None when it was not evaluated.
        parameters: of its model, counted from the weights.
        data: what it was trained on, as its card says.
        origin: where its model comes from if it was not trained from its settings alone, else "".
    """

    name: str
    config: TrainConfig
    has_finished: bool
    seconds: float
    test_accuracy: float | None
    parameters: int
    data: str
    origin: str = ""


def problem_of(facts: RunFacts, source: str) -> str:
    """Return why a run takes part in neither challenge, as a sentence; "" when it may.

    Args:
        facts: the run's.
        source: of the training split at hand, as `Split.source`.
    """
    if not facts.has_finished or facts.test_accuracy is None:
        return "It has not finished."
    if facts.origin:
        return "Its model was not trained from the start."
    return "" if facts.data.startswith(source) else f"It was trained on other images than the {source}."


def fast_problem_of(facts: RunFacts, images: int) -> str:
    """Return why a run is no entry for the best run of 60 seconds, as a sentence; "" when it is.

    Args:
        facts: of a run without a `problem_of`.
        images: the number of training images at hand.
    """
    if facts.seconds > MAX_SECONDS:
        return f"It trained for {facts.seconds:.1f} s, longer than {MAX_SECONDS:.0f} s."
    if facts.config.reink:
        return "It also learned from redrawn copies of the images, so none was kept aside."
    if images - subset_size(images, facts.config) < min(MIN_VALIDATION, images // 20):
        return "It learned from all training images: none is left to validate it."
    return ""


def small_problem_of(facts: RunFacts) -> str:
    """Return why a run without a `problem_of` is no entry for the smallest model, as a sentence; "" when it is."""
    if facts.test_accuracy is None or facts.test_accuracy < MIN_ACCURACY:
        return f"It reads {facts.test_accuracy or 0:.2%} of the test images, less than {MIN_ACCURACY:.0%}."
    return ""


def validation_split(train: Split, config: TrainConfig) -> Split:
    """Return the training images that a run did not learn from, at most `MAX_VALIDATION` of them.

    Args:
        train: all training images at hand, the run's own among them.
        config: of the run, which decides what it learned from.
    """
    return unused_subset(train, config).first(MAX_VALIDATION)


def validate(model: nn.Module, split: Split) -> Progress[float]:
    """Compute the accuracy of a model on a split, as a fraction.

    Args:
        model: in evaluation mode, on the CPU.
        split: one image or more.
    """
    correct = 0
    for number, (images, labels) in enumerate(zip(split.images.split(BATCH), split.labels.split(BATCH), strict=True)):
        with torch.no_grad():  # NOTE: not around the yield, where another computation would run without gradients
            correct += int((model(normalise(images)).argmax(dim=1) == labels).sum())
        yield min(1.0, (number + 1) * BATCH / len(split))
    return correct / len(split)


def fast_score_of(facts: RunFacts, accuracy: float, images: int) -> Score:
    """Return the score of a run in the first challenge: its accuracy on its validation images; the highest wins.

    Args:
        facts: of a run that is an entry.
        accuracy: on the validation images, as a fraction.
        images: how many these are.
    """
    detail = (
        f"{facts.name}: {facts.seconds:.1f} s, {images:,} validation images, {facts.test_accuracy or 0:.2%} on test"
    )
    return Score(FAST_KEY, accuracy, f"{accuracy:.2%} on validation images", detail)


def small_score_of(facts: RunFacts) -> Score:
    """Return the score of a run in the second challenge: its parameters, and among equals its errors; the lowest wins.

    Args:
        facts: of a run that is an entry.
    """
    accuracy = facts.test_accuracy or 0.0
    return Score(
        SMALL_KEY,
        facts.parameters + 1 - accuracy,
        f"{facts.parameters:,} parameters",
        f"{facts.name}: {accuracy:.2%} on test",
    )
