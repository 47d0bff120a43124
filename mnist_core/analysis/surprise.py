"""Cross-entropy of one image: how surprising its label is to a model, minus the logarithm of its probability."""

from collections.abc import Sequence

import torch

LEAST = 1e-4  # the smallest probability of the curve


def surprise(probabilities: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy if the label had each of some probabilities: -log p.

    Args:
        probabilities: any shape, in [0, 1].

    Returns:
        The same shape, in nats; infinite for 0.

    Raises:
        ValueError: a probability is not in [0, 1].
    """
    if not bool(((probabilities >= 0) & (probabilities <= 1)).all()):
        raise ValueError(f"probabilities must be in [0, 1], got {probabilities.min():g} to {probabilities.max():g}")
    return -probabilities.log() + 0.0  # without the minus of -0


def surprise_curve(points: int = 101) -> Sequence[tuple[float, float]]:
    """Return probabilities from `LEAST` to 1, evenly spaced in the loss, each with its cross-entropy in nats."""
    losses = torch.linspace(float(surprise(torch.tensor(LEAST, dtype=torch.float64))), 0, points, dtype=torch.float64)
    return list(zip((-losses).exp().tolist(), losses.tolist(), strict=True))
