"""The twins are trained as anybody would with PyTorch, and what is said about them is what they answer."""

from dataclasses import replace

import torch

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.labs.corruptions import RawPixels, inverted, without_digit
from mnist_core.labs.experiment import BASE, MISTAKES, LabResult, Setup, compare
from mnist_core.models.config import TrainConfig
from mnist_core.progress import result_of
from mnist_core.training.loop import fit

QUICK = TrainConfig(
    "linear", epochs=2, batch_size=40, learning_rate=0.05, optimiser="sgd", schedule="one-cycle", evaluations=2
)


def run(healthy: Setup, broken: Setup) -> LabResult:
    return result_of(compare(healthy, broken))


def accuracy_after(setup: Setup, split: Split) -> float:
    """Train a model of our own with the loop, and return the accuracy that plain PyTorch finds."""
    model = setup.build_model()
    for _ in fit(model, setup.train, setup.test, setup.config):
        pass
    with torch.no_grad():
        answers = model(normalise(split.images)).argmax(dim=1)
    return float((answers == split.labels).float().mean())


def test_each_twin_has_the_accuracy_of_a_model_trained_alone(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    broken = replace(healthy, train=without_digit(healthy.train, 3))
    result = run(healthy, broken)
    for twin, setup in ((result.healthy, healthy), (result.broken, broken)):
        assert twin.accuracy == accuracy_after(setup, setup.test)
        assert abs(twin.own_accuracy[-1] - accuracy_after(setup, setup.train.first(500))) < 1e-6
    assert result.healthy.accuracy > 0.9


def test_recall_is_the_share_of_a_digits_images_that_are_read_as_it(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, replace(QUICK, epochs=1, learning_rate=0.001))
    twin = run(healthy, replace(healthy, front=RawPixels)).healthy
    answers = twin.evaluation.logits.argmax(dim=1)
    for digit in range(10):
        of_digit = healthy.test.labels == digit
        assert abs(twin.recall(digit) - float((answers[of_digit] == digit).float().mean())) < 1e-6
    assert 0 < twin.accuracy < 1


def test_where_only_the_test_differs_one_model_reads_both(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    result = run(healthy, replace(healthy, test=inverted(healthy.test)))
    assert result.broken.own_accuracy == result.healthy.own_accuracy
    assert result.broken.accuracy == accuracy_after(healthy, inverted(healthy.test))


def test_the_curves_begin_before_the_first_step_and_end_with_the_last(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    result = run(healthy, replace(healthy, front=RawPixels))
    for twin in (result.healthy, result.broken):
        assert twin.steps == (0, 5, 10, 15, 20)
        assert len(twin.test_accuracy) == len(twin.own_accuracy) == 5
    with torch.no_grad():
        answers = healthy.build_model()(normalise(healthy.test.images)).argmax(dim=1)
    assert result.healthy.test_accuracy[0] == float((answers == healthy.test.labels).float().mean())


def test_the_mistakes_are_wrong_and_begin_with_those_of_the_broken_twin_alone(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    result = run(healthy, replace(healthy, test=inverted(healthy.test)))
    assert 0 < len(result.mistakes) <= MISTAKES
    assert all(each.answer != each.label for each in result.mistakes)
    alone = [each.healthy_answer == each.label for each in result.mistakes]
    assert alone == sorted(alone, reverse=True)
    assert result.mistake_count == round((1 - result.broken.accuracy) * result.test_images)
    assert any(torch.equal(result.mistakes[0].image, image) for image in inverted(healthy.test).images)


def test_the_same_lab_gives_the_same_numbers(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    broken = replace(healthy, config=replace(QUICK, learning_rate=0.5))
    assert run(healthy, broken) == run(healthy, broken)


def test_progress_rises_to_the_end_over_both_trainings(tiny_splits: tuple[Split, Split]) -> None:
    healthy = Setup(*tiny_splits, QUICK)
    fractions = list(compare(healthy, replace(healthy, front=RawPixels)))
    assert fractions == sorted(fractions) and len(fractions) == 40 and fractions[-1] == 1
    assert BASE.optimiser == "sgd"
