"""From ink to an answer: the one path that the page, the command line and the tests share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import denormalise, to_tensor
from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe, Stages, as_if_stopped, prepare
from mnist_core.ink.segmentation import split_digits
from mnist_core.ink.strokes import Strokes
from mnist_core.models.networks import Looks
from mnist_core.models.storage import TrainedModel
from mnist_core.recognition.ood_detector import Gate, load_gate


@dataclass(frozen=True)
class Reading:
    """What a model made of some ink.

    Attributes:
        label: 0 to 9, or None for blank ink.
        probability: of the label, in [0, 1].
        probabilities: ten, adding up to 1; all 0 for blank ink.
        is_digit: False when the ink is probably no digit at all.
        stages: the ink on its way to the model, or None for blank ink.
    """

    label: int | None
    probability: float
    probabilities: tuple[float, ...]
    is_digit: bool
    stages: Stages | None

    def as_json(self, source: str) -> dict[str, Any]:
        """Return what `python -m mnist_core predict` prints."""
        return {
            "source": source,
            "label": self.label,
            "probability": round(self.probability, 6),
            "probabilities": [round(probability, 6) for probability in self.probabilities],
            "is_digit": self.is_digit,
        }


BLANK = Reading(None, 0.0, (0.0,) * CLASSES, False, None)


@dataclass(frozen=True)
class Reader:
    """A model that reads ink.

    Attributes:
        model: takes (N, 1, 28, 28) float32 normalised, gives logits (N, 10); in evaluation mode, on the CPU.
        gate: says whether it is a digit at all.
        temperature: what the logits are divided by before the softmax (Guo et al., arXiv:1706.04599).
    """

    model: nn.Sequential
    gate: Gate
    temperature: float = 1.0

    @classmethod
    def of(cls, trained: TrainedModel, gate: Gate | None = None) -> "Reader":
        """Return a reader with a trained model, and the shipped gate unless another is given."""
        return cls(trained.model, gate or load_gate(), trained.temperature)

    def read(self, ink: Strokes | np.ndarray, recipe: Recipe = MNIST_RECIPE) -> Reading:
        """Say which digit some ink is; `ink` and `recipe` are those of `ink.prepare`."""
        stages = prepare(ink, recipe)
        if stages is None:
            return BLANK
        probabilities = self.probabilities(stages.tensor[None])[0]
        label = int(probabilities.argmax())
        is_digit = bool(self.gate.accepts(stages.tensor[None]))
        return Reading(label, float(probabilities[label]), tuple(map(float, probabilities)), is_digit, stages)

    def read_row(self, ink: np.ndarray, recipe: Recipe = MNIST_RECIPE) -> list[Reading]:
        """Read several digits in a row, from left to right; none for blank ink."""
        return [self.read(digit, recipe) for digit in split_digits(ink)]

    def climb(self, stages: Stages, recipe: Recipe = MNIST_RECIPE) -> dict[str, torch.Tensor]:
        """Return the ten probabilities (10,) at each rung, as if the preparation had stopped there."""
        rungs = as_if_stopped(stages, recipe.normalise)
        probabilities = self.probabilities(torch.stack(list(rungs.values())))
        return dict(zip(rungs, probabilities, strict=True))

    def looks(self, picture: np.ndarray) -> np.ndarray:
        """Return what the model looks at before it answers: (n, 28, 28) float32 in [0, 1], one picture a look.

        Args:
            picture: (28, 28) in [0, 1], as `Stages.centre`.
        """
        tensor, first = to_tensor(picture)[None], self.model[0]
        seen = first(tensor) if isinstance(first, Looks) else tensor
        return np.asarray(denormalise(seen[:, 0]))

    @torch.no_grad()
    def probabilities(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N, 10) float32 probabilities for tensors (N, 1, 28, 28)."""
        return torch.softmax(self.model(tensors) / self.temperature, dim=1)
