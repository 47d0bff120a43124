"""Train a healthy model and its broken twin side by side, and compare what they read."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import Evaluation, accuracy_by_class, evaluate, evaluation_of
from mnist_core.progress import Progress, as_part
from mnist_core.training.loop import fit, make_learner

TRAIN_IMAGES, TEST_IMAGES = 4_000, 1_000  # enough to see the difference, few enough for seconds
OWN_IMAGES = 500  # training images on which a model is evaluated as well
MISTAKES = 12  # images shown
# NOTE: plain stochastic gradient descent, because AdamW adapts its steps and so hides part of what goes wrong.
BASE = TrainConfig(
    "mlp", epochs=4, batch_size=64, learning_rate=0.05, optimiser="sgd", schedule="one-cycle", evaluations=3
)


@dataclass(frozen=True)
class Setup:
    """What one of the twins learns from, how, and what it has to read.

    Attributes:
        train, test: the images.
        config: the settings of its training.
        front: a layer in front of the model; None for none.
    """

    train: Split
    test: Split
    config: TrainConfig = BASE
    front: Callable[[], nn.Module] | None = None

    def build_model(self) -> nn.Sequential:
        """Return the model with its initial weights."""
        model = self.config.build_model()
        return nn.Sequential(self.front(), *model) if self.front else model


@dataclass(frozen=True)
class Twin:
    """What became of one of the twins.

    Attributes:
        steps: at which it was evaluated, the first of them 0.
        test_accuracy: on the images that it has to read, as a fraction, at each of those steps.
        own_accuracy: on images that it learned from, with the labels that it was given, likewise.
        evaluation: of the trained model on the images that it has to read.
    """

    steps: tuple[int, ...]
    test_accuracy: tuple[float, ...]
    own_accuracy: tuple[float, ...]
    evaluation: Evaluation = field(repr=False)

    @property
    def accuracy(self) -> float:
        """The accuracy of the trained model on the images that it has to read, as a fraction."""
        return self.test_accuracy[-1]

    def recall(self, digit: int) -> float:
        """Return the share of the images of a digit that the trained model reads as that digit."""
        return accuracy_by_class(self.evaluation.confusion)[digit]


@dataclass(frozen=True)
class Mistake:
    """An image as the broken twin saw it, (28, 28) uint8, its label, the twin's answer and that of the healthy one."""

    image: torch.Tensor
    label: int
    answer: int
    healthy_answer: int


@dataclass(frozen=True)
class LabResult:
    """What a lab measured.

    Attributes:
        healthy, broken: the twins.
        mistakes: the broken one's, first those where the healthy one is right, at most `MISTAKES`.
        mistake_count: how many test images the broken one reads wrongly.
        test_images: how many there are.
    """

    healthy: Twin
    broken: Twin
    mistakes: tuple[Mistake, ...] = field(repr=False)
    mistake_count: int
    test_images: int


def compare(healthy: Setup, broken: Setup) -> Progress[LabResult]:
    """Train both twins, step by step, and compare them.

    Where only the images to read differ, there is one training, and both evaluate the same model.

    Args:
        healthy, broken: the twins; their test images are the same, in the same order, and have the same labels.
    """
    setups = [healthy] if _same_training(healthy, broken) else [healthy, broken]
    twins: list[Twin] = []
    for place, setup in enumerate(setups):
        tests = [healthy.test, broken.test] if len(setups) == 1 else [setup.test]
        twins += yield from as_part(_trained(setup, tests), place / len(setups), 1 / len(setups))
    first, second = twins
    return _result(first, second, broken.test)


def _same_training(one: Setup, other: Setup) -> bool:
    return one.train is other.train and one.config == other.config and one.front is other.front


def _trained(setup: Setup, tests: list[Split]) -> Progress[list[Twin]]:
    """Train a model and return a twin per split that it has to read."""
    own = setup.train.first(OWN_IMAGES)
    splits = [*tests, own]
    together = Split(
        torch.cat([each.images for each in splits]), torch.cat([each.labels for each in splits]), own.name, own.source
    )
    model = setup.build_model()
    learner = make_learner(model, setup.train, setup.config)
    steps, evaluations = [0], [_parts(evaluate(model, together), splits)]
    model.train()
    for report in fit(model, setup.train, together, setup.config, learner=learner):
        if report.test_accuracy is not None and learner.evaluation is not None:
            steps.append(report.step)
            evaluations.append(_parts(learner.evaluation, splits))
        yield report.step / report.steps
    *by_test, by_own = zip(*evaluations, strict=True)
    own_accuracy = tuple(each.accuracy for each in by_own)
    return [Twin(tuple(steps), tuple(each.accuracy for each in column), own_accuracy, column[-1]) for column in by_test]


def _parts(evaluation: Evaluation, splits: list[Split]) -> list[Evaluation]:
    """Return what an evaluation of several splits together says about each."""
    parts = evaluation.logits.split([len(each) for each in splits])
    return [evaluation_of(logits, each.labels) for logits, each in zip(parts, splits, strict=True)]


def _result(healthy: Twin, broken: Twin, test: Split) -> LabResult:
    answers, others = (twin.evaluation.logits.argmax(dim=1) for twin in (broken, healthy))
    wrong = answers != test.labels
    alone = (wrong & (others == test.labels)).nonzero()[:, 0].tolist()
    both = (wrong & (others != test.labels)).nonzero()[:, 0].tolist()
    mistakes = tuple(
        Mistake(test.images[place].clone(), int(test.labels[place]), int(answers[place]), int(others[place]))
        for place in [*alone, *both][:MISTAKES]
    )
    return LabResult(healthy, broken, mistakes, int(wrong.sum()), len(test))
