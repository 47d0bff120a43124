"""Predict a digit from ink; the pages, the command line and the tests all use this path."""

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
from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe, Stages, preprocess, stage_tensors
from mnist_core.ink.segmentation import split_digits
from mnist_core.ink.strokes import Strokes
from mnist_core.models.networks import TestTimeRotations
from mnist_core.models.storage import TrainedModel, load_trained, model_folder
from mnist_core.recognition.ood_detector import OODDetector, load_ood_detector


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
        stages = preprocess(to_ink(ink), recipe)
        if stages is None:
            return BLANK
        probabilities = self.probabilities(stages.tensor[None])[0]
        label = int(probabilities.argmax())
        is_digit = bool(self.ood_detector.accepts(stages.tensor[None]))
        return Prediction(label, float(probabilities[label]), tuple(map(float, probabilities)), is_digit, stages)

    def predict_sequence(self, ink: np.ndarray, recipe: Recipe = MNIST_RECIPE) -> list[Prediction]:
        """Predict several digits in a row, from left to right, given coverage (H, W) in [0, 1]; empty for blank ink."""
        return [self.predict(digit, recipe) for digit in split_digits(ink)]

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
