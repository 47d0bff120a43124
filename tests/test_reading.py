import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from mnist_core import storage
from mnist_core.ink import Recipe, prepare
from mnist_core.models import build_model
from mnist_core.reading import BLANK, SURE_ENOUGH, Reader
from mnist_core.storage import Card, TrainedModel
from mnist_core.strokes import Strokes, paint
from mnist_core.training import TrainConfig

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))


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
    reading = Reader(model).read(SEVEN)
    by_hand = [math.exp(logit) / sum(map(math.exp, logits)) for logit in logits]
    assert reading.probabilities == pytest.approx(by_hand)
    assert (reading.label, reading.probability) == (7, pytest.approx(by_hand[7]))
    assert reading.is_digit
    stages = prepare(SEVEN)
    assert stages is not None and torch.equal(model.seen[0], stages.tensor[None])


def test_the_temperature_divides_the_logits() -> None:
    cool, hot = (Reader(Fixed([0.0] * 9 + [4]), temperature).read(SEVEN) for temperature in (1.0, 4.0))
    assert cool.probability == pytest.approx(math.exp(4) / (math.exp(4) + 9))
    assert hot.probability == pytest.approx(math.e / (math.e + 9))
    assert cool.label == hot.label == 9


@pytest.mark.parametrize(("logit", "is_digit"), [(2.3, True), (2.1, False)])  # ln 9 is 2.197: there it is one half
def test_ink_that_no_digit_fits_is_said_to_be_none(logit: float, is_digit: bool) -> None:
    assert SURE_ENOUGH == 0.5
    reading = Reader(Fixed([logit] + [0.0] * 9)).read(SEVEN)
    assert reading.is_digit is is_digit and reading.label == 0


@pytest.mark.parametrize("ink", [Strokes(()), np.zeros((100, 100), dtype=np.float32)])
def test_blank_ink_has_no_label(ink: Strokes | np.ndarray) -> None:
    model = Fixed([0.0] * 10)
    reading = Reader(model).read(ink)
    assert reading is BLANK and not model.seen
    answer = json.loads(json.dumps(reading.as_json("canvas")))
    assert answer == {
        "source": "canvas", "label": None, "probability": 0.0, "probabilities": [0.0] * 10, "is_digit": False
    }  # fmt: skip


def test_an_answer_is_json_with_the_fields_of_the_contract() -> None:
    answer = json.loads(json.dumps(Reader(Fixed([0.0] * 10)).read(SEVEN).as_json("a.png")))
    assert list(answer) == ["source", "label", "probability", "probabilities", "is_digit"]
    assert answer["probabilities"] == [0.1] * 10 and answer["source"] == "a.png"


def test_the_ladder_ends_with_the_reading_itself() -> None:
    torch.manual_seed(0)
    reader = Reader(build_model("cnn").eval())
    reading = reader.read(SEVEN)
    assert reading.stages is not None
    rungs = reader.climb(reading.stages)
    assert list(rungs) == ["ink", "crop", "thickness", "box", "centre", "tensor"]
    assert all(float(rung.sum()) == pytest.approx(1, abs=1e-5) for rung in rungs.values())
    assert rungs["tensor"].tolist() == pytest.approx(list(reading.probabilities), abs=1e-5)


def test_a_recipe_is_handed_to_the_ink() -> None:
    model = Fixed([0.0] * 10)
    Reader(model).read(SEVEN, Recipe(normalise=False))
    assert model.seen[0].min() == 0 and model.seen[0].max() <= 1


def test_a_reader_takes_the_temperature_from_the_card() -> None:
    model = build_model("linear")
    card = Card("", "", 0, 1, 0, 0, 0, temperature=1.5)
    assert Reader.of(TrainedModel("a", model, TrainConfig("linear"), card)) == Reader(model, 1.5)
    assert Reader.of(TrainedModel("a", model, TrainConfig("linear"), None)) == Reader(model, 1.0)


def test_the_shipped_network_reads_plain_digits_as_strokes_and_as_pixels() -> None:
    reader = Reader.of(storage.load_trained(storage.model_folder("cnn")))
    for strokes, label in ((SEVEN, 7), (ONE, 1)):
        assert reader.read(strokes).label == reader.read(paint(strokes)).label == label
