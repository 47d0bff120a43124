"""What a model makes of a whole split."""

import torch
from torch import nn
from torch.nn import functional

from .data import Split
from .ink import normalise
from .models import CLASSES

BATCH = 500  # images; larger ones leave the processor's cache


@torch.no_grad()
def predict_logits(model: nn.Module, images: torch.Tensor, *, device: torch.device | str = "cpu") -> torch.Tensor:
    """Run a model over MNIST's bytes.

    Args:
        model: any of `mnist_core.models`; it is left in evaluation mode.
        images: (N, 28, 28) uint8.

    Returns:
        (N, 10) float32 logits, on the CPU.
    """
    model.to(device).eval()
    return torch.cat([model(normalise(batch).to(device)).cpu() for batch in images.split(BATCH)])


def accuracy_and_loss(model: nn.Module, split: Split, *, device: torch.device | str = "cpu") -> tuple[float, float]:
    """Return the fraction of a split that the model reads right, and its mean cross-entropy in nats."""
    logits = predict_logits(model, split.images, device=device)
    accuracy = (logits.argmax(dim=1) == split.labels).float().mean()
    return float(accuracy), float(functional.cross_entropy(logits, split.labels))


def confusion_matrix(predicted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Count (label, predicted) pairs; both (N,) int64 in 0 to 9. Returns (10, 10) int64, a row a label."""
    return torch.bincount(labels * CLASSES + predicted, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
