import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import Recipe, preprocess
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import build_model
from mnist_core.models.storage import ModelCard, TrainedModel
from mnist_core.recognition.ood_detector import OODDetector, build_ood_detector, digit_score, load_ood_detector
from mnist_core.recognition.predictor import BATCH_SIZE, BLANK, Prediction, Predictor, load_predictor

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))


OPEN = OODDetector(build_ood_detector().eval(), threshold=-1.0)  # lets everything pass
THICK = rasterise(replace(SEVEN, brush=34))  # a picture that is read twice
SHUT = OODDetector(OPEN.model, threshold=2.0)


class Fixed(nn.Sequential):
    """A model that gives the same logits whatever it sees, and keeps what it saw."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)
        self.seen: list[torch.Tensor] = []

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.seen.append(inputs)
        return self.logits.repeat(len(inputs), 1)


def test_the_answer_is_the_softmax_of_the_logits() -> None:
    logits = [0.0, 1, 2, 0, 0, 0, 0, 5, 0, 0]
    model = Fixed(logits)
    prediction = Predictor(model, OPEN).predict(SEVEN)
    by_hand = [math.exp(logit) / sum(map(math.exp, logits)) for logit in logits]
    assert prediction.probabilities == pytest.approx(by_hand)
    assert prediction.label == 7 and prediction.probability == pytest.approx(by_hand[7])
    assert prediction.is_digit
    stages = preprocess(SEVEN)
    assert stages is not None and torch.equal(model.seen[0], stages.tensor[None])


def test_the_answer_to_a_picture_of_thick_lines_is_the_softmax_of_the_mean_of_both_logits() -> None:
    model, stages = build_model("cnn").eval(), preprocess(THICK)
    assert stages is not None
    redrawn, eroded = stages.tensors
    logits = model(torch.stack([redrawn, eroded])).detach()
    assert (logits[0] - logits[1]).abs().max() > 0.001
    expected = torch.softmax(logits.mean(dim=0) / 1.7, dim=0)
    for prediction in (
        Predictor(model, OPEN, 1.7).predict(THICK),
        *Predictor(model, OPEN, 1.7).predict_sequence(THICK),
    ):
        assert prediction.probabilities == pytest.approx(expected.tolist(), abs=1e-6)


class Undecided(nn.Sequential):
    """A model that is sure of one digit for the first input and of another for the second."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return 1000 * torch.eye(10)[: len(inputs)]


def test_two_readings_that_are_sure_of_different_digits_share_the_answer() -> None:
    prediction = Predictor(Undecided(), OPEN).predict(THICK)
    assert prediction.probabilities[:2] == pytest.approx((0.5, 0.5)) and prediction.second == 1


def test_the_temperature_divides_the_logits() -> None:
    cool, hot = (Predictor(Fixed([0.0] * 9 + [4]), OPEN, temperature).predict(SEVEN) for temperature in (1.0, 4.0))
    assert cool.probability == pytest.approx(math.exp(4) / (math.exp(4) + 9))
    assert hot.probability == pytest.approx(math.e / (math.e + 9))
    assert cool.label == hot.label == 9


@pytest.mark.parametrize(("ood_detector", "is_digit"), [(OPEN, True), (SHUT, False)])
def test_only_the_ood_detector_decides_whether_it_is_a_digit(ood_detector: OODDetector, is_digit: bool) -> None:
    for logits in ([9.0] + [0.0] * 9, [0.0] * 10):  # a sure model and an unsure one
        prediction = Predictor(Fixed(logits), ood_detector).predict(SEVEN)
        assert prediction.is_digit is is_digit and prediction.label == 0


def test_the_ood_detector_accepts_scores_from_its_threshold_up() -> None:
    stages = preprocess(SEVEN)
    assert stages is not None
    tensors = stages.tensor[None]
    score = float(digit_score(OPEN.model, tensors))
    assert OODDetector(OPEN.model, score - 1e-4).accepts(tensors).tolist() == [True]
    assert OODDetector(OPEN.model, score + 1e-4).accepts(tensors).tolist() == [False]


@pytest.mark.parametrize("ink", [Strokes(()), np.zeros((100, 100), dtype=np.float32)])
def test_blank_ink_has_no_label(ink: Strokes | np.ndarray) -> None:
    model = Fixed([0.0] * 10)
    prediction = Predictor(model, OPEN).predict(ink)
    assert prediction is BLANK and not model.seen
    answer = json.loads(json.dumps(prediction.as_json("canvas")))
    assert answer == {
        "source": "canvas", "label": None, "probability": 0.0, "probabilities": [0.0] * 10, "is_digit": False
    }  # fmt: skip


def test_a_prediction_becomes_json_with_the_documented_fields() -> None:
    answer = json.loads(json.dumps(Predictor(Fixed([0.0] * 10), OPEN).predict(SEVEN).as_json("a.png")))
    assert list(answer) == ["source", "label", "probability", "probabilities", "is_digit"]
    assert answer["probabilities"] == [0.1] * 10 and answer["source"] == "a.png"


@pytest.mark.parametrize(
    ("others", "second"), [((0.3, 0.0), 7), ((0.1, 0.05), 7), ((0.09, 0.09), None), ((0.15, 0.2), 2)]
)
def test_a_second_answer_is_named_where_it_is_close(others: tuple[float, float], second: int | None) -> None:
    probabilities = [0.0] * 10
    probabilities[7], probabilities[2] = others
    probabilities[1] = 1 - sum(others)
    assert Prediction(1, probabilities[1], tuple(probabilities), True, None).second == second
    assert BLANK.second is None


@pytest.mark.parametrize("ink", [SEVEN, THICK], ids=["strokes", "a picture of thick lines"])
def test_the_last_stage_has_the_probabilities_of_the_prediction(ink: Strokes | np.ndarray) -> None:
    predictor = Predictor(build_model("cnn").eval(), OPEN, temperature=1.7)
    prediction = predictor.predict(ink)
    assert prediction.stages is not None
    by_stage = predictor.predict_stages(prediction.stages)
    assert list(by_stage) == ["ink", "crop", "thickness", "box", "centre", "tensor"]
    assert all(float(probabilities.sum()) == pytest.approx(1, abs=1e-5) for probabilities in by_stage.values())
    assert by_stage["tensor"].tolist() == pytest.approx(list(prediction.probabilities), abs=1e-5)


@pytest.mark.parametrize(("recipe", "low", "high"), [(Recipe(normalise=False), 0, 1), (Recipe(), -MEAN / STD, 3)])
def test_either_all_stages_are_normalised_or_none(recipe: Recipe, low: float, high: float) -> None:
    model = Fixed([0.0] * 10)
    stages = preprocess(SEVEN, recipe)
    assert stages is not None
    Predictor(model, OPEN).predict_stages(stages, recipe)
    (seen,) = model.seen
    assert seen.shape == (6, 1, 28, 28)
    assert seen.amin(dim=(1, 2, 3)).tolist() == pytest.approx([low] * 6, abs=1e-5)
    assert (seen.amax(dim=(1, 2, 3)) <= high).all()


def test_a_sequence_is_predicted_digit_by_digit_from_left_to_right() -> None:
    predictor = Predictor.of(storage.load_trained(storage.model_folder("cnn")))
    row = np.concatenate([rasterise(SEVEN), rasterise(ONE), rasterise(SEVEN)], axis=1)
    digits = predictor.predict_sequence(row)
    assert [prediction.label for prediction in digits] == [7, 1, 7]
    for prediction, alone in zip(digits, (SEVEN, ONE, SEVEN), strict=True):
        assert prediction.probabilities == pytest.approx(predictor.predict(rasterise(alone)).probabilities, abs=1e-5)


def test_a_sequence_uses_the_recipe_and_is_empty_for_blank_paper() -> None:
    model = Fixed([0.0] * 10)
    predictor = Predictor(model, OPEN)
    assert predictor.predict_sequence(np.zeros((50, 90), dtype=np.float32)) == [] and not model.seen
    (prediction,) = predictor.predict_sequence(rasterise(SEVEN), Recipe(normalise=False))
    assert prediction.label == 0 and model.seen[0].min() == 0


def test_a_prediction_uses_the_recipe() -> None:
    model = Fixed([0.0] * 10)
    Predictor(model, OPEN).predict(SEVEN, Recipe(normalise=False))
    assert model.seen[0].min() == 0 and model.seen[0].max() <= 1


def test_a_predictor_uses_the_temperature_of_the_card() -> None:
    model = build_model("linear")
    card = ModelCard("", "", 0, 1, 0, 0, 0, temperature=1.5)
    assert Predictor.of(TrainedModel("a", model, TrainConfig("linear"), card), OPEN) == Predictor(model, OPEN, 1.5)
    assert Predictor.of(TrainedModel("a", model, TrainConfig("linear"), None), OPEN) == Predictor(model, OPEN, 1.0)
    assert (
        Predictor.of(TrainedModel("a", model, TrainConfig("linear"), card)).ood_detector.threshold
        == load_ood_detector().threshold
    )


def test_the_shipped_cnn_recognises_plain_digits_as_strokes_and_as_pixels() -> None:
    predictor = Predictor.of(storage.load_trained(storage.model_folder("cnn")))
    for strokes, label in ((SEVEN, 7), (ONE, 1)):
        assert predictor.predict(strokes).label == predictor.predict(rasterise(strokes)).label == label


def test_the_answer_is_the_mean_over_the_views() -> None:
    for count in (1, 3):
        predictor = Predictor(build_model("cnn", views=count).eval(), OPEN)
        stages = preprocess(SEVEN)
        assert stages is not None
        views = predictor.views(stages.centre)
        assert views.shape == (count, 28, 28) and views.min() >= 0 and views.max() <= 1
        np.testing.assert_allclose(views[count // 2], stages.centre, atol=1e-6)
        one = build_model("cnn").eval()
        logits = one((torch.from_numpy(views)[:, None] - MEAN) / STD).mean(dim=0)
        torch.testing.assert_close(predictor.probabilities(stages.tensor[None])[0], torch.softmax(logits, dim=0))


@pytest.mark.parametrize("name", ["linear", "mlp", "cnn"])
def test_a_shipped_model_is_loaded_by_name_or_folder(name: str) -> None:
    stages = preprocess(SEVEN)
    assert stages is not None
    trained = storage.load_trained(storage.model_folder(name))
    with torch.no_grad():
        expected = torch.softmax(trained.model(stages.tensor[None]) / Predictor.of(trained, OPEN).temperature, dim=1)
    for predictor in (load_predictor(name), load_predictor(storage.model_folder(name))):
        assert torch.equal(predictor.probabilities(stages.tensor[None]), expected)
        assert predictor.ood_detector.threshold == load_ood_detector().threshold


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError):
        load_predictor("no-such-model")


def at(strokes: Strokes, x: float, scale: float = 0.6) -> Strokes:
    """The strokes, smaller and moved to the right by `x` px."""
    return strokes.transformed(scale, x, 60, strokes.brush, strokes.size)


def together(*drawings: Strokes) -> Strokes:
    return Strokes(tuple(line for drawing in drawings for line in drawing.lines))


def test_the_digits_of_a_drawing_are_predicted_as_if_each_were_alone() -> None:
    predictor = load_predictor("cnn")
    parts = [at(SEVEN, -40), at(ONE, 40), at(SEVEN, 130)]
    result = predictor.predict_strokes(together(parts[2], parts[0], parts[1]))
    assert (result.number, result.touching, result.cuts) == ("717", 0, 0)
    for prediction, part in zip(result.digits, parts, strict=True):
        assert prediction.probabilities == pytest.approx(predictor.predict(part).probabilities, abs=1e-5)
    assert [each.label for each in predictor.predict_sequence(together(*parts))] == [7, 1, 7]


def test_one_digit_has_the_prediction_that_it_always_had() -> None:
    predictor = load_predictor("cnn")
    for recipe in (Recipe(), Recipe(thickness=False), Recipe(crop=False, normalise=False)):
        (prediction,) = predictor.predict_strokes(SEVEN, recipe).digits
        assert prediction.probabilities == predictor.predict(SEVEN, recipe).probabilities


def test_a_drawing_is_divided_in_the_same_way_whatever_steps_are_left_out() -> None:
    result = load_predictor("cnn").predict_strokes(together(at(SEVEN, -40), at(ONE, 80)), Recipe(crop=False))
    assert len(result.digits) == 2


@pytest.mark.parametrize("bar_first", [False, True])
def test_a_seven_with_a_bar_that_is_drawn_later_is_one_digit_of_two(bar_first: bool) -> None:
    bar = Strokes((np.array([[70.0, 150], [105, 150]]),))
    seven, one = at(SEVEN, 0), at(ONE, 100)
    drawn = (bar, seven, one) if bar_first else (seven, one, bar)
    result = load_predictor("cnn").predict_strokes(together(*drawn))
    assert result.number == "71" and len(result.digits) == 2


def test_digits_drawn_in_one_line_are_cut_apart_and_the_cut_is_counted() -> None:
    turn = np.linspace(0, 2 * np.pi, 40)
    zero = np.column_stack([70 - 40 * np.sin(turn), 140 - 60 * np.cos(turn)])
    both = np.concatenate([zero, zero + np.array([120, 0])])  # two zeros joined at the top
    result = load_predictor("cnn").predict_strokes(Strokes((both,)))
    assert (result.number, result.touching, result.cuts) == ("00", 1, 1)


def test_blank_strokes_have_no_digits() -> None:
    result = load_predictor("cnn").predict_strokes(Strokes(()))
    assert result.digits == () and result.number == ""


def many_inks() -> list[Strokes | np.ndarray]:
    """Drawings and pictures: single digits, rows, blank ones, ink off the canvas, a dot and a scribble."""
    row = np.concatenate([rasterise(SEVEN), rasterise(ONE)], axis=1)
    scribble = np.random.default_rng(0).uniform(20, 260, (60, 2))
    blank = np.zeros((40, 60), dtype=np.float32)
    inks: list[Strokes | np.ndarray] = [SEVEN, ONE, together(at(SEVEN, -40), at(ONE, 80)), Strokes(())]
    inks += [at(SEVEN, 900), Strokes((np.array([[140.0, 140]]),)), row, rasterise(ONE), blank, Strokes((scribble,))]
    return inks * (1 + BATCH_SIZE // len(inks))


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(crop=False), Recipe(thickness=False, normalise=False)])
def test_many_predictions_are_those_of_each_alone(recipe: Recipe) -> None:
    predictor, inks = load_predictor("cnn"), many_inks()
    assert len(inks) > BATCH_SIZE
    answers = list(predictor.predict_many(inks, recipe))
    for answer, ink in zip(answers[:10], inks[:10], strict=True):
        alone, row = predictor.predict(ink, recipe), predictor.predict_sequence(ink, recipe)
        assert (answer.whole.label, answer.whole.is_digit) == (alone.label, alone.is_digit)
        assert answer.whole.probabilities == pytest.approx(alone.probabilities, abs=1e-5)
        assert [each.label for each in answer.digits] == [each.label for each in row]
        for one, other in zip(answer.digits, row, strict=True):
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
    assert len(answers) == len(inks)
    labels = [(each.whole.label, each.number) for each in answers]
    assert labels == (labels[:10] * len(inks))[: len(inks)]
    assert [len(each.digits) for each in answers[:10]][:5] == [1, 1, 2, 0, 0] and len(answers[6].digits) == 2


def test_predict_many_reads_no_further_than_one_batch() -> None:
    given = 0

    def endless() -> Iterator[Strokes]:
        nonlocal given
        while True:
            given += 1
            yield SEVEN

    answers = Predictor(Fixed([0.0] * 10), OPEN).predict_many(endless())
    assert next(answers).number == "0" and given == BATCH_SIZE


def test_the_model_never_sees_more_than_a_batch() -> None:
    model = Fixed([0.0] * 10)
    drawings = [together(at(SEVEN, -40), at(ONE, 80))] * (BATCH_SIZE + 3)
    assert len(list(Predictor(model, OPEN).predict_many(drawings))) == len(drawings)
    assert max(map(len, model.seen)) == len(model.seen[0]) == BATCH_SIZE


def test_many_inks_of_an_unsupported_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="an array must be floats"):
        list(load_predictor("linear").predict_many([SEVEN, np.zeros((3, 3), dtype=np.int64)]))


def test_the_largest_drawing_that_is_divided_takes_little_time() -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(0, 4, (24, 160, 2)), axis=1)
    lines = np.abs(walk) % 70 + 10 * np.arange(24)[:, None, None] * (1, 0)
    predictor = load_predictor("cnn")
    started = time.process_time()
    predictor.predict_strokes(Strokes(tuple(lines), brush=8))
    assert time.process_time() - started < 3
