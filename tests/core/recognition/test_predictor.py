import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import Recipe, prepare
from mnist_core.ink.strokes import Strokes, paint
from mnist_core.models import storage
from mnist_core.models.networks import build_model
from mnist_core.models.storage import Card, TrainedModel
from mnist_core.recognition.ood_detector import Gate, build_gate, digit_score, load_gate
from mnist_core.recognition.predictor import BLANK, Reader
from mnist_core.training.loop import TrainConfig

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))


OPEN = Gate(build_gate().eval(), threshold=-1.0)  # lets everything pass
SHUT = Gate(OPEN.model, threshold=2.0)


class Fixed(nn.Module):
    """A model that gives the same logits whatever it sees, and keeps what it saw."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)
        self.seen: list[torch.Tensor] = []

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.seen.append(inputs)
        return self.logits.repeat(len(inputs), 1)


def test_the_answer_is_the_softmax_of_what_the_model_says() -> None:
    logits = [0.0, 1, 2, 0, 0, 0, 0, 5, 0, 0]
    model = Fixed(logits)
    reading = Reader(model, OPEN).read(SEVEN)
    by_hand = [math.exp(logit) / sum(map(math.exp, logits)) for logit in logits]
    assert reading.probabilities == pytest.approx(by_hand)
    assert (reading.label, reading.probability) == (7, pytest.approx(by_hand[7]))
    assert reading.is_digit
    stages = prepare(SEVEN)
    assert stages is not None and torch.equal(model.seen[0], stages.tensor[None])


def test_the_temperature_divides_the_logits() -> None:
    cool, hot = (Reader(Fixed([0.0] * 9 + [4]), OPEN, temperature).read(SEVEN) for temperature in (1.0, 4.0))
    assert cool.probability == pytest.approx(math.exp(4) / (math.exp(4) + 9))
    assert hot.probability == pytest.approx(math.e / (math.e + 9))
    assert cool.label == hot.label == 9


@pytest.mark.parametrize(("gate", "is_digit"), [(OPEN, True), (SHUT, False)])
def test_the_gate_alone_says_whether_it_is_a_digit(gate: Gate, is_digit: bool) -> None:
    for logits in ([9.0] + [0.0] * 9, [0.0] * 10):  # a sure model and an unsure one
        reading = Reader(Fixed(logits), gate).read(SEVEN)
        assert reading.is_digit is is_digit and reading.label == 0


def test_a_gate_accepts_from_its_threshold_on() -> None:
    stages = prepare(SEVEN)
    assert stages is not None
    tensors = stages.tensor[None]
    score = float(digit_score(OPEN.model, tensors))
    assert Gate(OPEN.model, score - 1e-4).accepts(tensors).tolist() == [True]
    assert Gate(OPEN.model, score + 1e-4).accepts(tensors).tolist() == [False]


@pytest.mark.parametrize("ink", [Strokes(()), np.zeros((100, 100), dtype=np.float32)])
def test_blank_ink_has_no_label(ink: Strokes | np.ndarray) -> None:
    model = Fixed([0.0] * 10)
    reading = Reader(model, OPEN).read(ink)
    assert reading is BLANK and not model.seen
    answer = json.loads(json.dumps(reading.as_json("canvas")))
    assert answer == {
        "source": "canvas", "label": None, "probability": 0.0, "probabilities": [0.0] * 10, "is_digit": False
    }  # fmt: skip


def test_an_answer_is_json_with_the_fields_of_the_contract() -> None:
    answer = json.loads(json.dumps(Reader(Fixed([0.0] * 10), OPEN).read(SEVEN).as_json("a.png")))
    assert list(answer) == ["source", "label", "probability", "probabilities", "is_digit"]
    assert answer["probabilities"] == [0.1] * 10 and answer["source"] == "a.png"


def test_the_ladder_ends_with_the_reading_itself() -> None:
    reader = Reader(build_model("cnn").eval(), OPEN, temperature=1.7)
    reading = reader.read(SEVEN)
    assert reading.stages is not None
    rungs = reader.climb(reading.stages)
    assert list(rungs) == ["ink", "crop", "thickness", "box", "centre", "tensor"]
    assert all(float(rung.sum()) == pytest.approx(1, abs=1e-5) for rung in rungs.values())
    assert rungs["tensor"].tolist() == pytest.approx(list(reading.probabilities), abs=1e-5)


@pytest.mark.parametrize(("recipe", "low", "high"), [(Recipe(normalise=False), 0, 1), (Recipe(), -MEAN / STD, 3)])
def test_the_ladder_shows_every_rung_normalised_or_none(recipe: Recipe, low: float, high: float) -> None:
    model = Fixed([0.0] * 10)
    stages = prepare(SEVEN, recipe)
    assert stages is not None
    Reader(model, OPEN).climb(stages, recipe)
    (seen,) = model.seen
    assert seen.shape == (6, 1, 28, 28)
    assert seen.amin(dim=(1, 2, 3)).tolist() == pytest.approx([low] * 6, abs=1e-5)
    assert (seen.amax(dim=(1, 2, 3)) <= high).all()


def test_a_row_is_read_digit_by_digit_from_left_to_right() -> None:
    reader = Reader.of(storage.load_trained(storage.model_folder("cnn")))
    row = np.concatenate([paint(SEVEN), paint(ONE), paint(SEVEN)], axis=1)
    readings = reader.read_row(row)
    assert [reading.label for reading in readings] == [7, 1, 7]
    for reading, alone in zip(readings, (SEVEN, ONE, SEVEN), strict=True):
        assert reading.probabilities == pytest.approx(reader.read(paint(alone)).probabilities, abs=1e-5)


def test_a_row_hands_the_recipe_on_and_blank_paper_is_no_reading() -> None:
    model = Fixed([0.0] * 10)
    reader = Reader(model, OPEN)
    assert reader.read_row(np.zeros((50, 90), dtype=np.float32)) == [] and not model.seen
    (reading,) = reader.read_row(paint(SEVEN), Recipe(normalise=False))
    assert reading.label == 0 and model.seen[0].min() == 0


def test_a_recipe_is_handed_to_the_ink() -> None:
    model = Fixed([0.0] * 10)
    Reader(model, OPEN).read(SEVEN, Recipe(normalise=False))
    assert model.seen[0].min() == 0 and model.seen[0].max() <= 1


def test_a_reader_takes_the_temperature_from_the_card() -> None:
    model = build_model("linear")
    card = Card("", "", 0, 1, 0, 0, 0, temperature=1.5)
    assert Reader.of(TrainedModel("a", model, TrainConfig("linear"), card), OPEN) == Reader(model, OPEN, 1.5)
    assert Reader.of(TrainedModel("a", model, TrainConfig("linear"), None), OPEN) == Reader(model, OPEN, 1.0)
    assert Reader.of(TrainedModel("a", model, TrainConfig("linear"), card)).gate.threshold == load_gate().threshold


def test_the_shipped_network_reads_plain_digits_as_strokes_and_as_pixels() -> None:
    reader = Reader.of(storage.load_trained(storage.model_folder("cnn")))
    for strokes, label in ((SEVEN, 7), (ONE, 1)):
        assert reader.read(strokes).label == reader.read(paint(strokes)).label == label


def test_the_looks_are_the_pictures_whose_mean_answer_is_given() -> None:
    for count in (1, 3):
        reader = Reader(build_model("cnn", looks=count).eval(), OPEN)
        stages = prepare(SEVEN)
        assert stages is not None
        looks = reader.looks(stages.centre)
        assert looks.shape == (count, 28, 28) and looks.min() >= 0 and looks.max() <= 1
        np.testing.assert_allclose(looks[count // 2], stages.centre, atol=1e-6)
        one = build_model("cnn").eval()
        logits = one((torch.from_numpy(looks)[:, None] - MEAN) / STD).mean(dim=0)
        torch.testing.assert_close(reader.probabilities(stages.tensor[None])[0], torch.softmax(logits, dim=0))
