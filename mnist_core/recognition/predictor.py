"""Predict a digit from ink; the pages, the command line and the tests all use this path."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from mnist_core.ink.stroke_groups import group_strokes
from mnist_core.ink.strokes import Strokes
from mnist_core.models.networks import TestTimeRotations
from mnist_core.models.storage import TrainedModel, load_trained, model_folder
from mnist_core.recognition.ood_detector import OODDetector, digit_score, load_ood_detector

CLOSE = 0.1  # the least probability of a second answer that is worth saying


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
    """

    digits: tuple[Prediction, ...]
    touching: int = 0
    cuts: int = 0

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
        return self._predict_with_score(to_ink(ink), recipe)[0]

    def predict_strokes(self, strokes: Strokes, recipe: Recipe = MNIST_RECIPE) -> NumberPrediction:
        """Predict all digits in a drawing, from left to right.

        Strokes are divided into digits by their places and by how much each part looks like a digit. A drawing that
        looks like one digit stays one, with the same prediction as from `predict`.
        """
        prediction, score = self._predict_with_score(strokes, recipe)
        if prediction.stages is None:
            return NumberPrediction(())
        whole = score if recipe == MNIST_RECIPE else self._digit_scores([strokes])[0]
        grouping = group_strokes(strokes, self._digit_scores, whole)
        if len(grouping.digits) == 1:
            return NumberPrediction((prediction,))
        digits = tuple(self.predict(digit, recipe) for digit in grouping.digits)
        return NumberPrediction(digits, grouping.touching, grouping.cuts)

    def predict_sequence(self, ink: Strokes | np.ndarray, recipe: Recipe = MNIST_RECIPE) -> list[Prediction]:
        """Predict several digits in a row, from left to right; empty for blank ink.

        Args:
            ink: strokes, or coverage (H, W) in [0, 1].
            recipe: which preprocessing steps to apply.
        """
        if isinstance(ink, Strokes):
            return list(self.predict_strokes(ink, recipe).digits)
        return [self.predict(digit, recipe) for digit in split_digits(ink)]

    def _predict_with_score(self, ink: Strokes | np.ndarray, recipe: Recipe) -> tuple[Prediction, float]:
        """Return the prediction, and how much the ink looks like one digit that the model is sure of, in [0, 1]."""
        stages = preprocess(ink, recipe)
        if stages is None:
            return BLANK, 0.0
        tensors = stages.tensor[None]
        probabilities = self.probabilities(tensors)[0]
        label, score = int(probabilities.argmax()), float(digit_score(self.ood_detector.model, tensors))
        is_digit = score >= self.ood_detector.threshold
        prediction = Prediction(label, float(probabilities[label]), tuple(map(float, probabilities)), is_digit, stages)
        return prediction, score * prediction.probability

    def _digit_scores(self, drawings: Sequence[Strokes]) -> list[float]:
        """Return how much each drawing looks like one digit that the model is sure of, in [0, 1]."""
        stages = [preprocess(on_small_canvas(drawing)) for drawing in drawings]
        tensors = [each.tensor for each in stages if each is not None]
        if not tensors:
            return [0.0] * len(drawings)
        batch = torch.stack(tensors)
        scores = digit_score(self.ood_detector.model, batch) * self.probabilities(batch).amax(dim=1)
        following = iter(scores.tolist())
        return [0.0 if each is None else next(following) for each in stages]

    def predict_stages(self, stages: Stages, recipe: Recipe = MNIST_RECIPE) -> dict[str, torch.Tensor]:
        """Return the probabilities (10,) for each stage, by name, as if preprocessing ended there."""
        tensors = stage_tensors(stages, recipe.normalise)
        probabilities = self.probabilities(torch.stack(list(tensors.values())))
        return dict(zip(tensors, probabilities, strict=True))

    def views(self, picture: np.ndarray) -> np.ndarray:
        """Return the test-time rotations over which the model averages: (n, 28, 28) float32 in [0, 1].

        A model without rotations has one view, the picture itself.

        Args:
            picture: (28, 28) in [0, 1], as `Stages.centre`.
        """
        tensor, first = to_tensor(picture)[None], self.model[0]
        views = first(tensor) if isinstance(first, TestTimeRotations) else tensor
        return np.asarray(denormalise(views[:, 0]))

    @torch.no_grad()
    def probabilities(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N, 10) float32 probabilities for tensors (N, 1, 28, 28) float32, normalised."""
        return torch.softmax(self.model(tensors) / self.temperature, dim=1)


def load_predictor(name: str | Path = "cnn") -> Predictor:
    """Load a shipped model by name (linear, mlp or cnn), or a run's model from its folder.

    Raises:
        ValueError: the model does not exist, or one of its files is missing or damaged.
    """
    return Predictor.of(load_trained(model_folder(str(name))))
