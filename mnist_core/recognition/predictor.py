"""Predict a digit from ink; the pages, the command line and the tests all use this path."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import denormalise, to_tensor
from mnist_core.ink.photo import to_ink
from mnist_core.ink.preprocessing import (
    MNIST_RECIPE,
    Recipe,
    Stages,
    on_small_canvas,
    preprocess,
    stage_tensors,
)
from mnist_core.ink.segmentation import split_digits
from mnist_core.ink.stroke_groups import Grouping, group_all
from mnist_core.ink.strokes import Strokes
from mnist_core.models.networks import TestTimeRotations
from mnist_core.models.storage import TrainedModel, load_trained, model_folder
from mnist_core.recognition.ood_detector import OODDetector, digit_score, load_ood_detector

CLOSE = 0.1  # the least probability of a second answer that is worth saying
BATCH_SIZE = 32  # drawings or images that the model sees at once; more at once are no faster per drawing


@dataclass(frozen=True)
class Prediction:
    """A model's answer for some ink.

    Attributes:
        label: 0 to 9, or None for blank ink.
        probability: that of the label, in [0, 1].
        probabilities: ten, with a sum of 1; all 0 for blank ink.
        is_digit: False when the ink is blank or probably not a digit.
        stages: the result of each preprocessing step, or None for blank ink.
    """

    label: int | None
    probability: float
    probabilities: tuple[float, ...]
    is_digit: bool
    stages: Stages | None

    @property
    def second(self) -> int | None:
        """The second most probable digit where it is close, as for a 1 that might be a 7; None where it is not."""
        if self.label is None:
            return None
        others = [digit for digit in range(CLASSES) if digit != self.label]
        best = max(others, key=self.probabilities.__getitem__)
        return best if self.probabilities[best] >= CLOSE else None

    def as_json(self, source: str) -> dict[str, Any]:
        """Return the JSON object that `python -m mnist_core predict` prints."""
        return {
            "source": source,
            "label": self.label,
            "probability": round(self.probability, 6),
            "probabilities": [round(probability, 6) for probability in self.probabilities],
            "is_digit": self.is_digit,
        }


BLANK = Prediction(None, 0.0, (0.0,) * CLASSES, False, None)


@dataclass(frozen=True)
class NumberPrediction:
    """A model's answer for a drawing that may show several digits.

    Attributes:
        digits: the prediction for each digit, from left to right; empty for a blank drawing.
        touching: the number of neighbouring digits whose ink touches or overlaps horizontally.
        cuts: the number of lines that were cut, because the pen wrote two digits without being lifted.
        whole: the prediction for all of the ink as one digit, where it was made.
    """

    digits: tuple[Prediction, ...]
    touching: int = 0
    cuts: int = 0
    whole: Prediction = BLANK

    @property
    def number(self) -> str:
        """The labels in a row, such as "95"."""
        return "".join(str(digit.label) for digit in self.digits)


@dataclass(frozen=True)
class Predictor:
    """A model that recognises digits in ink.

    Attributes:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode, on the CPU.
        ood_detector: decides whether the ink is a digit at all.
        temperature: divides the logits before the softmax (Guo et al., arXiv:1706.04599).
    """

    model: nn.Sequential
    ood_detector: OODDetector
    temperature: float = 1.0

    @classmethod
    def of(cls, trained: TrainedModel, ood_detector: OODDetector | None = None) -> "Predictor":
        """Return a predictor for a trained model, with the shipped OOD detector unless another is given."""
        return cls(trained.model, ood_detector or load_ood_detector(), trained.temperature)

    def predict(
        self, ink: Strokes | np.ndarray | Image.Image | Path | str, recipe: Recipe = MNIST_RECIPE
    ) -> Prediction:
        """Predict which digit the ink shows.

        Args:
            ink: strokes, an image or its file, or ink coverage; see `ink.photo.to_ink`.
            recipe: which preprocessing steps to apply.

        Raises:
            ValueError: the input is not a supported source of ink; the message says what was expected.
        """
        return self._predictions([preprocess(to_ink(ink), recipe)])[0][0]

    def predict_strokes(self, strokes: Strokes, recipe: Recipe = MNIST_RECIPE) -> NumberPrediction:
        """Predict all digits in a drawing, from left to right.

        Strokes are divided into digits by their places and by how much each part looks like a digit. A drawing that
        looks like one digit stays one, with the same prediction as from `predict`.
        """
        return self._predict_prepared([_prepare(strokes, recipe)], recipe)[0]

    def predict_sequence(self, ink: Strokes | np.ndarray, recipe: Recipe = MNIST_RECIPE) -> list[Prediction]:
        """Predict several digits in a row, from left to right; empty for blank ink.

        Args:
            ink: strokes, or coverage (H, W) in [0, 1].
            recipe: which preprocessing steps to apply.
        """
        if isinstance(ink, Strokes):
            return list(self.predict_strokes(ink, recipe).digits)
        return [
            prediction for prediction, _ in self._predictions([preprocess(each, recipe) for each in split_digits(ink)])
        ]

    def predict_many(
        self, inks: Iterable[Strokes | np.ndarray | Image.Image | Path | str], recipe: Recipe = MNIST_RECIPE
    ) -> Iterator[NumberPrediction]:
        """Predict many drawings or images in batches, which is several times as fast as one by one.

        Args:
            inks: any number; each is what `predict` accepts. `BATCH_SIZE` of them are in memory at a time.
            recipe: which preprocessing steps to apply.

        Yields:
            The answer for each ink, in order: `whole` is the prediction from `predict`, with ten probabilities, and
            `digits` are those from `predict_sequence`, within rounding.

        Raises:
            ValueError: an input is not a supported source of ink; the message says what was expected.
        """
        remaining = iter(inks)
        while batch := [_prepare(to_ink(ink), recipe) for ink in islice(remaining, BATCH_SIZE)]:
            yield from self._predict_prepared(batch, recipe)

    def _predict_prepared(self, inks: Sequence["_PreparedInk"], recipe: Recipe) -> list[NumberPrediction]:
        """Predict all digits in each ink, from left to right."""
        wholes = self._predictions([ink.stages for ink in inks])
        groupings = self._group(inks, [score for _, score in wholes], recipe)
        digits = [
            [preprocess(digit, recipe) for digit in grouping.digits] if len(grouping.digits) > 1 else ink.digits
            for ink, grouping in zip(inks, groupings, strict=True)
        ]
        following = iter(self._predictions(list(chain.from_iterable(digits))))
        answers = []
        for (whole, _), grouping, several in zip(wholes, groupings, digits, strict=True):
            one = () if whole.stages is None else (whole,)
            row = tuple(prediction for prediction, _ in islice(following, len(several))) or one
            answers.append(NumberPrediction(row, grouping.touching, grouping.cuts, whole))
        return answers

    def _group(self, inks: Sequence["_PreparedInk"], wholes: Sequence[float], recipe: Recipe) -> list[Grouping]:
        """Divide the strokes among inks into digits; the grouping of any other ink, or of a blank one, is empty.

        Args:
            inks: as `_prepare` gives them.
            wholes: how much each looks like one digit that the model is sure of, in [0, 1].
            recipe: the one with which they were prepared.
        """
        drawn = {place: ink.strokes for place, ink in enumerate(inks) if ink.strokes is not None and ink.stages}
        drawings = list(drawn.values())
        # A drawing is divided in the same way whatever steps are left out.
        scores = [wholes[place] for place in drawn] if recipe == MNIST_RECIPE else self._digit_scores(drawings)
        groupings = dict(zip(drawn, group_all(drawings, self._digit_scores, scores), strict=True))
        return [groupings.get(place, Grouping(())) for place in range(len(inks))]

    def _predictions(self, inks: Sequence[Stages | None]) -> list[tuple[Prediction, float]]:
        """Return each prediction, and how much the ink looks like one digit that the model is sure of, in [0, 1]."""
        tensors = [stages.tensors for stages in inks if stages is not None]
        outputs = zip(*self._outputs(list(chain.from_iterable(tensors))), strict=True)
        read = iter([tuple(islice(outputs, len(each))) for each in tensors])
        return [(BLANK, 0.0) if stages is None else self._prediction(stages, next(read)) for stages in inks]

    def _prediction(
        self, stages: Stages, outputs: Sequence[tuple[torch.Tensor, torch.Tensor]]
    ) -> tuple[Prediction, float]:
        """Return the prediction for ink from what `_outputs` gave for each of its tensors."""
        probabilities = _mean_answer(torch.stack([each for each, _ in outputs])).tolist()
        probability, score = max(probabilities), float(outputs[0][1])
        label, is_digit = probabilities.index(probability), score >= self.ood_detector.threshold
        return Prediction(label, probability, tuple(probabilities), is_digit, stages), score * probability

    def _digit_scores(self, drawings: Sequence[Strokes]) -> list[float]:
        """Return how much each drawing looks like one digit that the model is sure of, in [0, 1]."""
        tensors = {}
        for place, drawing in enumerate(drawings):
            stages = preprocess(on_small_canvas(drawing))
            if stages is not None:
                tensors[place] = stages.tensor
        probabilities, scores = self._outputs(list(tensors.values()))
        sure = dict(zip(tensors, (scores * probabilities.amax(dim=1)).tolist(), strict=True))
        return [sure.get(place, 0.0) for place in range(len(drawings))]

    def _outputs(self, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the probabilities (N, 10) and the detector's scores (N,) for N tensors (1, 28, 28), normalised.

        They are computed batch by batch, which bounds the memory.
        """
        if not tensors:
            return torch.empty(0, CLASSES), torch.empty(0)
        batches = torch.stack(list(tensors)).split(BATCH_SIZE)
        probabilities = torch.cat([self.probabilities(batch) for batch in batches])
        return probabilities, torch.cat([digit_score(self.ood_detector.model, batch) for batch in batches])

    def predict_stages(self, stages: Stages, recipe: Recipe = MNIST_RECIPE) -> dict[str, torch.Tensor]:
        """Return the probabilities (10,) for each stage, by name, as if preprocessing ended there.

        Those of the last one are the prediction's, with all that a model reads.
        """
        tensors = stage_tensors(stages, recipe.normalise)
        probabilities = self.probabilities(torch.stack([*tensors.values(), *stages.tensors[1:]]))
        answer = _mean_answer(probabilities[len(tensors) - 1 :])
        return dict(zip(tensors, [*probabilities[: len(tensors) - 1], answer], strict=True))

    def views(self, picture: np.ndarray) -> np.ndarray:
        """Return the test-time rotations over which the model averages: (n, 28, 28) float32 in [0, 1].

        A model without rotations has one view, the picture itself.

        Args:
            picture: (28, 28) in [0, 1], as `Stages.centre`.
        """
        tensor, first = to_tensor(picture)[None], self.model[0]
        views = first(tensor) if isinstance(first, TestTimeRotations) else tensor
        return np.asarray(denormalise(views[:, 0]))

    @torch.inference_mode()
    def probabilities(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N, 10) float32 probabilities for tensors (N, 1, 28, 28) float32, normalised."""
        return torch.softmax(self.model(tensors) / self.temperature, dim=1)


def _mean_answer(probabilities: torch.Tensor) -> torch.Tensor:
    """Return the geometric mean, scaled to a sum of 1, of the probabilities (n, 10) for the n tensors of one ink.

    It is what the mean of the logits gives, as over the test-time rotations of one tensor.
    """
    if len(probabilities) == 1:
        return probabilities[0]
    tiny = torch.finfo(probabilities.dtype).tiny  # the tensors may be so surely of different digits that all else is 0
    return torch.softmax(probabilities.clamp_min(tiny).log().mean(dim=0), dim=0)


@dataclass(frozen=True)
class _PreparedInk:
    """Ink before the model sees it.

    Attributes:
        stages: of all the ink as one digit; None for blank ink.
        strokes: what may have to be divided into digits; None for an image.
        digits: the stages of each digit in an image of several; empty for any other ink.
    """

    stages: Stages | None
    strokes: Strokes | None = None
    digits: tuple[Stages | None, ...] = ()


def _prepare(ink: Strokes | np.ndarray, recipe: Recipe) -> _PreparedInk:
    """Prepare strokes, or coverage (H, W) in [0, 1], as far as that needs no model."""
    stages = preprocess(ink, recipe)
    if isinstance(ink, Strokes):
        return _PreparedInk(stages, ink)
    digits = split_digits(ink) if stages is not None else []
    several = digits if len(digits) > 1 else []
    return _PreparedInk(stages, None, tuple(preprocess(digit, recipe) for digit in several))


def load_predictor(name: str | Path = "cnn") -> Predictor:
    """Load a shipped model by name (linear, mlp or cnn), or a run's model from its folder.

    Raises:
        ValueError: the model does not exist, or one of its files is missing or damaged.
    """
    return Predictor.of(load_trained(model_folder(str(name))))
