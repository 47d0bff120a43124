"""What a model makes of a whole split."""

from collections.abc import Callable
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
    """Run a model over MNIST's bytes.

    Args:
        model: any of `mnist_core.models.networks`; it is left in evaluation mode.
        images: (N, 28, 28) uint8.
        device: where to compute.
        between: called before every mini-batch; whatever it raises ends the prediction.

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
    """How well a model reads a split.

    Attributes:
        accuracy: the fraction that it reads right.
        loss: its mean cross-entropy, in nats.
        confusion: (10, 10) counts of (label, answer) pairs, a row a label.
        logits: (N, 10) float32, what it answered.
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
    """Let a model read a whole split; `on_batch` is called before every mini-batch."""
    logits = predict_logits(model, split.images, device=device, on_batch=on_batch)
    predicted = logits.argmax(dim=1)
    accuracy = float((predicted == split.labels).float().mean())
    loss = float(functional.cross_entropy(logits, split.labels))
    confusion = confusion_matrix(predicted, split.labels).tolist()
    return Evaluation(accuracy, loss, tuple(tuple(row) for row in confusion), logits)


def accuracy_and_loss(model: nn.Module, split: Split, *, device: torch.device | str = "cpu") -> tuple[float, float]:
    """Return the fraction of a split that the model reads right, and its mean cross-entropy in nats."""
    found = evaluate(model, split, device=device)
    return found.accuracy, found.loss


def confusion_matrix(predicted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Count (label, predicted) pairs; both (N,) int64 in 0 to 9. Returns (10, 10) int64, a row a label."""
    return torch.bincount(labels * CLASSES + predicted, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


@dataclass(frozen=True)
class Reliability:
    """How often answers of about the same confidence are right, in bins of equal width over [0, 1].

    Attributes:
        confidence: mean confidence of each bin that holds an answer.
        accuracy: the fraction of its answers that are right.
        count: how many answers it holds.
        error: the expected calibration error, the mean gap between the two over all answers.
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
        bins: how many.
    """
    confidence, predicted = probabilities.max(dim=1)
    right = (predicted == labels).float()
    place = (confidence * bins).long().clamp_(max=bins - 1)
    count = torch.bincount(place, minlength=bins)
    kept = count > 0
    mean_confidence = torch.bincount(place, confidence, bins)[kept] / count[kept]
    accuracy = torch.bincount(place, right, bins)[kept] / count[kept]
    error = ((mean_confidence - accuracy).abs() * count[kept]).sum() / len(labels)
    return Reliability(mean_confidence.tolist(), accuracy.tolist(), count[kept].tolist(), float(error))


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the temperature that makes the mean cross-entropy of (N, 10) logits smallest, in [0.1, 10].

    Dividing the logits by it calibrates the confidence and changes no answer (Guo et al., arXiv:1706.04599). Where
    there are no logits, or they are no numbers, it is 1.
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
    """Fit a temperature on the first half of the answers to a split and judge it on the second.

    Args:
        logits: (N, 10) float32.
        labels: (N,) int64.

    Returns:
        The temperature, and the expected calibration error on the second half without and with it.
    """
    half = len(labels) // 2
    temperature = fit_temperature(logits[:half], labels[:half])
    before, after = (
        reliability(torch.softmax(logits[half:] / divisor, dim=1), labels[half:]).error
        for divisor in (1.0, temperature)
    )
    return temperature, before, after
