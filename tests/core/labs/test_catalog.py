"""The labs: on MNIST each gives the answer that it announces, and its mistake is the one that it names."""

from dataclasses import replace

import pytest
import torch

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.labs.catalog import LABS, Lab
from mnist_core.labs.experiment import TEST_IMAGES, TRAIN_IMAGES, compare
from mnist_core.progress import result_of
from mnist_core.training.loop import fit

each_lab = pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))


def test_there_are_the_eight_labs() -> None:
    assert list(LABS) == ["inverted", "shifted", "squashed", "rate", "few", "labels", "raw", "missing"]


@each_lab
def test_a_lab_asks_a_question_that_can_be_decided(lab: Lab) -> None:
    question = lab.question
    assert len(question.options) == len(question.bounds) + 1 >= 3
    assert list(question.bounds) == sorted(question.bounds)
    assert 0 <= lab.answer < len(question.options)
    assert lab.default in lab.strengths and lab.strengths[lab.default] in lab.name_at(lab.default)


@pytest.mark.slow
@each_lab
def test_on_mnist_a_lab_gives_the_answer_that_its_explanation_explains(lab: Lab, mnist: tuple[Split, Split]) -> None:
    result = result_of(compare(*lab.setups(lab.default, *mnist)))
    assert lab.question.decide(result) == lab.answer
    assert result.healthy.accuracy > 0.9
    assert result.broken.accuracy < result.healthy.accuracy


@pytest.mark.slow
@pytest.mark.parametrize("key", ["rate", "raw"])
def test_most_hidden_units_of_a_model_with_steps_too_long_are_stuck_at_zero(
    key: str, mnist: tuple[Split, Split]
) -> None:
    stuck = []
    for setup in LABS[key].setups(LABS[key].default, *mnist):
        model = setup.build_model()
        for _ in fit(model, setup.train, setup.test.first(1), setup.config):
            pass
        with torch.no_grad():
            units = model[:-1](normalise(setup.test.images))
        stuck.append(float((units <= 0).all(dim=0).float().mean()))
    healthy, broken = stuck
    assert healthy < 0.1 and broken > 0.5


@each_lab
def test_twins_differ_in_one_thing_only(lab: Lab, tiny_splits: tuple[Split, Split]) -> None:
    for strength in lab.strengths:
        healthy, broken = lab.setups(strength, *tiny_splits)
        differences = [
            not torch.equal(healthy.test.images, broken.test.images),
            healthy.train is not broken.train,
            healthy.config != broken.config,
            healthy.front is not broken.front,
        ]
        assert sum(differences) == 1
        assert torch.equal(healthy.test.labels, broken.test.labels)


def test_the_images_are_as_many_as_are_said_and_differ(mnist: tuple[Split, Split]) -> None:
    healthy, broken = LABS["missing"].setups(7.0, *mnist)
    assert len(healthy.train) == len(broken.train) == TRAIN_IMAGES and len(healthy.test) == TEST_IMAGES
    assert 7 in healthy.train.labels and 7 not in broken.train.labels and 7 in broken.test.labels
    assert len({image.numpy().tobytes() for image in healthy.train.images}) == TRAIN_IMAGES


def test_a_strength_that_a_lab_does_not_have_is_refused(tiny_splits: tuple[Split, Split]) -> None:
    with pytest.raises(ValueError, match="strength of shifted must be one of 1, 2, 3, 4, 6, 8, got 5"):
        LABS["shifted"].setups(5.0, *tiny_splits)


@pytest.mark.parametrize(("measured", "option"), [(0.0, 0), (0.19, 0), (0.2, 1), (0.6, 2), (1.0, 2)])
def test_a_result_decides_the_option_in_whose_range_it_lies(measured: float, option: int) -> None:
    question = replace(LABS["shifted"].question, measure=lambda result: measured)
    assert question.decide(None) == option  # type: ignore[arg-type]
