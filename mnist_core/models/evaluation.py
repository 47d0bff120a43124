"""Evaluate a model on a split: its logits, accuracy, confusion matrix and calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise

BATCH = 500  # images; larger ones leave the processor's cache


@torch.no_grad()
def predict_logits(
    model: nn.Module,
    images: torch.Tensor,
    *,
    device: torch.device | str = "cpu",
    on_batch: Callable[[], None] = lambda: None,
) -> torch.Tensor:
    """Return the logits of a model for images.

    Args:
        model: any of `mnist_core.models.networks`; left in evaluation mode.
        images: (N, 28, 28) uint8.
        device: where to compute.
        on_batch: called before every mini-batch; an exception from it ends the prediction.

    Returns:
        (N, 10) float32 logits, on the CPU.
    """
    model.to(device).eval()
    logits = []
    for batch in images.split(BATCH):
        on_batch()
        logits.append(model(normalise(batch).to(device)).cpu())
    return torch.cat(logits)


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a split.

    Attributes:
        accuracy: fraction of the images with the correct label.
        loss: mean cross-entropy, in nats.
        confusion: (10, 10) counts, one row per label and one column per predicted digit.
        logits: (N, 10) float32.
    """

    accuracy: float
    loss: float
    confusion: tuple[tuple[int, ...], ...]
    logits: torch.Tensor = field(repr=False, compare=False)


def evaluate(
    model: nn.Module,
    split: Split,
    *,
    device: torch.device | str = "cpu",
    on_batch: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Evaluate a model on a split in a single pass.

    Args:
        model: any of `mnist_core.models.networks`; left in evaluation mode.
        split: images and their labels.
        device: where to compute.
        on_batch: called before every mini-batch; an exception from it ends the evaluation.
    """
    return evaluation_of(predict_logits(model, split.images, device=device, on_batch=on_batch), split.labels)


def evaluation_of(logits: torch.Tensor, labels: torch.Tensor) -> Evaluation:
    """Return how well (N, 10) float32 logits fit (N,) int64 labels."""
    predicted = logits.argmax(dim=1)
    accuracy = float((predicted == labels).float().mean())
    loss = float(functional.cross_entropy(logits, labels))
    confusion = confusion_matrix(predicted, labels).tolist()
    return Evaluation(accuracy, loss, tuple(tuple(row) for row in confusion), logits)


def confusion_matrix(predicted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Count (label, predicted) pairs, both (N,) int64 in 0 to 9; returns (10, 10) int64, one row per label."""
    return torch.bincount(labels * CLASSES + predicted, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def accuracy_by_class(confusion: Sequence[Sequence[int]]) -> list[float]:
    """Return the accuracy of each label as a fraction; 0 for a label without images.

    Args:
        confusion: (10, 10) counts, one row per label and one column per answer.
    """
    return [row[label] / sum(row) if sum(row) else 0.0 for label, row in enumerate(confusion)]


@dataclass(frozen=True)
class Reliability:
    """Accuracy at each level of confidence, in bins of equal width over [0, 1]; empty bins are left out.

    Attributes:
        confidence: mean confidence of each bin.
        accuracy: fraction of correct predictions in each bin.
        count: number of predictions in each bin.
        error: the expected calibration error, the mean gap between confidence and accuracy over all predictions.
    """

    confidence: list[float]
    accuracy: list[float]
    count: list[int]
    error: float


def reliability(probabilities: torch.Tensor, labels: torch.Tensor, bins: int = 10) -> Reliability:
    """Compare confidence with accuracy (Guo et al., arXiv:1706.04599, section 2).

    Args:
        probabilities: (N, 10) float32, rows adding up to 1.
        labels: (N,) int64.
        bins: number of bins.
    """
    confidence, predicted = probabilities.max(dim=1)
    correct = (predicted == labels).float()
    bin_index = (confidence * bins).long().clamp_(max=bins - 1)
    count = torch.bincount(bin_index, minlength=bins)
    filled = count > 0
    mean_confidence = torch.bincount(bin_index, confidence, bins)[filled] / count[filled]
    accuracy = torch.bincount(bin_index, correct, bins)[filled] / count[filled]
    error = ((mean_confidence - accuracy).abs() * count[filled]).sum() / len(labels)
    return Reliability(mean_confidence.tolist(), accuracy.tolist(), count[filled].tolist(), float(error))


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the temperature, in [0.1, 10], that minimises the mean cross-entropy of (N, 10) logits.

    Dividing the logits by it calibrates the confidence and changes no prediction (Guo et al., arXiv:1706.04599). It is
    1 when there are no logits or some are not finite.
    """
    if not len(logits) or not logits.isfinite().all():
        return 1.0
    log_temperature = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_temperature], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        mean = functional.cross_entropy(logits / log_temperature.exp(), labels)
        mean.backward()
        return mean

    optimiser.step(loss)
    return float(log_temperature.detach().exp().clamp(0.1, 10))


def calibrate(logits: torch.Tensor, labels: torch.Tensor) -> tuple[float, float, float]:
    """Fit a temperature on the first half of a split and measure it on the second.

    Args:
        logits: (N, 10) float32.
        labels: (N,) int64.

    Returns:
        The temperature, and the expected calibration error on the second half before and after dividing by it.
    """
    half = len(labels) // 2
    temperature = fit_temperature(logits[:half], labels[:half])
    before, after = (
        reliability(torch.softmax(logits[half:] / divisor, dim=1), labels[half:]).error
        for divisor in (1.0, temperature)
    )
    return temperature, before, after
