"""The out-of-distribution (OOD) detector: a small separate model that decides whether a drawing is a digit at all.

A classifier of ten digits classifies even a heart as a digit with high confidence. Outlier exposure (Hendrycks, Mazeika
and Dietterich, arXiv:1812.04606) therefore adds non-digits to the training data; here they are an eleventh class.
Because the detector also learns to distinguish the ten digits, it flags more unfamiliar drawings than a binary one.
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

NOT_A_DIGIT = CLASSES  # the label of the eleventh class
FALSE_REJECTION_RATE = 0.015  # of the digits used for the threshold; about as high for other people's digits
BATCH_SIZE = 500  # images


def build_ood_detector() -> nn.Sequential:
    """Build an untrained detector: (N, 1, 28, 28) normalised in, (N, 11) logits out, the last one for non-digits."""
    return nn.Sequential(
        *convolution(1, 16, pool=True),  # 28x28 -> 14x14
        *convolution(16, 32, pool=True),  # 14x14 -> 7x7
        *convolution(32, 64, pool=True),  # 7x7 -> 3x3
        nn.Flatten(),
        nn.Linear(64 * 3 * 3, NOT_A_DIGIT + 1),
    )


@torch.inference_mode()
def digit_score(ood_detector: nn.Module, tensors: torch.Tensor) -> torch.Tensor:
    """Score how much each drawing looks like a digit: (N,) float32 in [0, 1], for (N, 1, 28, 28) normalised tensors.

    Compare the score with the card's threshold. It is not a calibrated probability, which would depend on how often
    people draw non-digits. The detector is left in evaluation mode.
    """
    if ood_detector.training:  # NOTE: to look takes no time, and to tell every layer takes a tenth of one drawing's
        ood_detector.eval()
    return torch.cat([1 - ood_detector(batch).softmax(dim=1)[:, NOT_A_DIGIT] for batch in tensors.split(BATCH_SIZE)])


def choose_threshold(
    ood_detector: nn.Module, digits: Iterable[torch.Tensor], false_rejection_rate: float = FALSE_REJECTION_RATE
) -> float:
    """Return the highest threshold that rejects at most a fraction `false_rejection_rate` of every group of digits.

    Args:
        ood_detector: a trained detector.
        digits: groups of known digits, each (N, 1, 28, 28) normalised.
        false_rejection_rate: the accepted rate, in [0, 1].
    """
    return min(float(torch.quantile(digit_score(ood_detector, group), false_rejection_rate)) for group in digits)


@dataclass(frozen=True)
class OODDetector:
    """A trained detector, on the CPU in evaluation mode, and the score below which a drawing is not a digit."""

    model: nn.Sequential
    threshold: float

    def accepts(self, tensors: torch.Tensor) -> torch.Tensor:
        """Return (N,) bool, True for drawings that are probably digits, for (N, 1, 28, 28) normalised tensors."""
        return digit_score(self.model, tensors) >= self.threshold


def load_ood_detector(folder: Path = ASSETS / "ood_detector") -> OODDetector:
    """Load a detector from its folder: the weights from model.safetensors and the threshold from card.json.

    Raises:
        ValueError: a file is missing or invalid.
    """
    model = build_ood_detector()
    model.load_state_dict(load_weights(folder / WEIGHTS, model))
    threshold = read_json(folder / CARD).get("threshold")
    if not isinstance(threshold, float):
        raise ValueError(f'{folder / CARD} must have a decimal number "threshold", got {threshold!r}')
    # NOTE: channels_last is twice as fast on a CPU as the default layout, for many images at once.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return OODDetector(model.eval(), threshold)
