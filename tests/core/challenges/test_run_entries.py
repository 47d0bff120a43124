"""Which runs may be entered, on which images they are validated, and their scores, worked out by hand."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_core.challenges import run_entries
from mnist_core.challenges.run_entries import (
    RunFacts,
    fast_problem_of,
    fast_score_of,
    problem_of,
    small_problem_of,
    small_score_of,
    validate,
    validation_split,
)
from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.progress import result_of
from mnist_core.training.subset import training_subset

CONFIG = TrainConfig("cnn", share=0.9)
FACTS = RunFacts("CNN", CONFIG, True, 41.2, 0.9871, 3046, "MNIST train set, a share of 0.9, 54,000 images")
SOURCE, IMAGES = "MNIST train set", 60_000


class Brightness(nn.Module):
    """Answers 0 for images with a dark first pixel, else 1."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        bright = inputs[:, 0, 0, 0] > 0
        return torch.stack([(~bright).float(), bright.float()], dim=1)


def test_a_finished_run_may_be_entered_in_both() -> None:
    assert problem_of(FACTS, SOURCE) == "" and fast_problem_of(FACTS, IMAGES) == "" and small_problem_of(FACTS) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"has_finished": False}, "not finished"),
        ({"test_accuracy": None}, "not finished"),
        ({"origin": "Fine-tuned from CNN."}, "not trained from the start"),
        ({"data": "Fashion-MNIST train set, 60,000 images"}, "other images than the MNIST train set"),
    ],
)
def test_what_keeps_a_run_out_of_both(change: dict[str, object], words: str) -> None:
    assert words in problem_of(replace(FACTS, **change), SOURCE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seconds": 60.0}, ""),
        ({"seconds": 61.0}, "61.0 s, longer than 60 s"),
        ({"config": replace(CONFIG, share=1.0)}, "none is left to validate"),
        ({"config": replace(CONFIG, share=0.99)}, "none is left to validate"),  # 600 images
        ({"config": replace(CONFIG, share=0.98)}, ""),
        ({"config": replace(CONFIG, reink=True)}, "redrawn copies"),
    ],
)
def test_a_fast_run_keeps_images_aside_and_takes_a_minute(change: dict[str, object], words: str) -> None:
    problem = fast_problem_of(replace(FACTS, **change), IMAGES)  # type: ignore[arg-type]
    assert words in problem and bool(problem) == bool(words)


@pytest.mark.parametrize(("accuracy", "is_entry"), [(0.98, True), (0.9799, False), (None, False)])
def test_a_small_model_reads_98_percent(accuracy: float | None, is_entry: bool) -> None:
    assert (small_problem_of(replace(FACTS, test_accuracy=accuracy)) == "") is is_entry


def test_a_run_is_validated_on_images_that_it_did_not_learn_from(tiny_splits: tuple[Split, Split]) -> None:
    train, _ = tiny_splits
    config = TrainConfig("linear", share=0.7, label_noise=0.5, seed=3)
    learned = {image.numpy().tobytes() for image in training_subset(train, config).images}
    kept = validation_split(train, config)
    aside = {image.numpy().tobytes() for image in kept.images}
    assert len(learned) == 280 and len(aside) == 120 and not learned & aside
    labels = {image.numpy().tobytes(): int(label) for image, label in zip(train.images, train.labels, strict=True)}
    assert [labels[image.numpy().tobytes()] for image in kept.images] == kept.labels.tolist()  # none is made wrong


def test_validation_is_bounded(tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_entries, "MAX_VALIDATION", 7)
    assert len(validation_split(tiny_splits[0], replace(CONFIG, share=0.5))) == 7


def test_the_validation_accuracy_is_the_fraction_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_entries, "BATCH", 2)
    images = torch.zeros(5, 28, 28, dtype=torch.uint8)
    images[3:, 0, 0] = 255
    split = Split(images, torch.tensor([0, 0, 1, 1, 0]), "train")  # right: 0, 1 and 3
    assert result_of(validate(Brightness(), split)) == pytest.approx(0.6)


def test_the_scores_say_what_was_measured() -> None:
    fast = fast_score_of(FACTS, 0.9812, 6000)
    assert (fast.value, fast.words) == (0.9812, "98.12% on validation images")
    assert fast.detail == "CNN: 41.2 s, 6,000 validation images, 98.71% on test"
    small = small_score_of(FACTS)
    assert small.words == "3,046 parameters" and small.detail == "CNN: 98.71% on test"


def test_fewer_parameters_win_and_then_the_accuracy() -> None:
    def value(parameters: int, accuracy: float) -> float:
        return small_score_of(replace(FACTS, parameters=parameters, test_accuracy=accuracy)).value

    assert value(3046, 0.98) < value(3047, 1.0) and value(3046, 0.99) < value(3046, 0.98)
