"""The gate: a tiny model of its own that says whether a drawing is a digit at all, whatever model then reads it.

A classifier of ten digits calls a heart a digit with high confidence. Outlier exposure (Hendrycks, Mazeika and
Dietterich, arXiv:1812.04606) shows non-digits while training; here they are the eleventh class. That the gate must also
tell the ten apart makes it know digits better: it flags more of what is new to it than a gate that only says yes or no.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.models.networks import convolution
from mnist_core.models.storage import CARD, WEIGHTS, load_weights, read_json
from mnist_core.paths import ASSETS

NOT_A_DIGIT = CLASSES  # the label beside those of the digits
FALSE_REJECTION_RATE = 0.01  # share of known digits that the threshold gives away; other hands lose up to twice as many
SCORED_AT_ONCE = 500  # images


def build_ood_detector() -> nn.Sequential:
    """Build the gate with fresh weights: (N, 1, 28, 28) normalised in, (N, 11) logits out, the last for no digit."""
    return nn.Sequential(
        *convolution(1, 16, pool=True),  # 28x28 -> 14x14
        *convolution(16, 32, pool=True),  # 14x14 -> 7x7
        *convolution(32, 64, pool=True),  # 7x7 -> 3x3
        nn.Flatten(),
        nn.Linear(64 * 3 * 3, NOT_A_DIGIT + 1),
    )


@torch.no_grad()
def digit_score(ood_detector: nn.Module, tensors: torch.Tensor) -> torch.Tensor:
    """Return how likely each drawing is a digit: (N,) float32 in [0, 1], for (N, 1, 28, 28) normalised tensors.

    It is a score to hold against the card's threshold; as a probability it would depend on how often people draw
    non-digits. The gate is left in evaluation mode.
    """
    ood_detector.eval()
    return torch.cat(
        [1 - ood_detector(batch).softmax(dim=1)[:, NOT_A_DIGIT] for batch in tensors.split(SCORED_AT_ONCE)]
    )


def choose_threshold(
    ood_detector: nn.Module, digits: Iterable[torch.Tensor], flagged: float = FALSE_REJECTION_RATE
) -> float:
    """Return the score below which no more than a share `flagged` lies of any group of known digits.

    Args:
        gate: a trained gate.
        digits: groups, each (N, 1, 28, 28) normalised.
        flagged: a share, 0 to 1.
    """
    return min(float(torch.quantile(digit_score(ood_detector, group), flagged)) for group in digits)


@dataclass(frozen=True)
class OODDetector:
    """A trained gate, on the CPU in evaluation mode, and the score below which a drawing is no digit."""

    model: nn.Sequential
    threshold: float

    def accepts(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N,) bool, True for what is probably a digit, for (N, 1, 28, 28) normalised tensors."""
        return digit_score(self.model, tensors) >= self.threshold


def load_ood_detector(folder: Path = ASSETS / "ood_detector") -> OODDetector:
    """Read a gate from its folder: model.safetensors, and the threshold in card.json.

    Raises:
        ValueError: a file is missing or is not what it should be.
    """
    model = build_ood_detector()
    model.load_state_dict(load_weights(folder / WEIGHTS, model))
    threshold = read_json(folder / CARD).get("threshold")
    if not isinstance(threshold, float):
        raise ValueError(f"{folder / CARD} must have a number named threshold, got {threshold!r}")
    return OODDetector(model.eval(), threshold)
