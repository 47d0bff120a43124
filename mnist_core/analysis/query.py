"""Find images in a split: those of a digit, those that a model takes for another, the ones it is surest of."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES

INDEX, SUREST, LEAST_SURE, LOSS = "index", "surest", "least sure", "loss"
SORTS = (INDEX, SUREST, LEAST_SURE, LOSS)


@dataclass(frozen=True)
class Query:
    """Which images, in which order; what is None leaves the choice open.

    Attributes:
        label: the digit that the image shows, 0 to 9.
        read_as: the digit that the model answers, 0 to 9.
        is_right: whether the two are the same.
        sure: the lowest and the highest confidence, both included: fractions in [0, 1].
        sort: one of `SORTS`. "surest" and "loss" begin with the largest, "least sure" with the smallest; images that
            are alike keep the order of their numbers.
    """

    label: int | None = None
    predicted: int | None = None
    is_correct: bool | None = None
    confidence: tuple[float, float] = (0.0, 1.0)
    sort: str = INDEX

    def __post_init__(self) -> None:
        for name in ("label", "predicted"):
            digit = getattr(self, name)
            if digit is not None and digit not in range(CLASSES):
                raise ValueError(f"{name} must be a digit from 0 to {CLASSES - 1} or None, got {digit!r:.40}")
        if not 0 <= self.confidence[0] <= self.confidence[1] <= 1:
            raise ValueError(f"confidence must be two fractions, the lower one first, in [0, 1], got {self.confidence}")
        if self.sort not in SORTS:
            raise ValueError(f"sort must be one of {', '.join(SORTS)}, got {self.sort!r:.40}")

    @property
    def needs_predictions(self) -> bool:
        """True when nobody can tell which images are meant without a model's answers."""
        return (self.predicted, self.is_correct, self.confidence, self.sort) != (None, None, (0.0, 1.0), INDEX)


def select(labels: torch.Tensor, probabilities: torch.Tensor | None, query: Query) -> torch.Tensor:
    """Return the numbers of the images that a query asks for, in its order.

    Args:
        labels: (N,) int64 in 0 to 9.
        probabilities: (N, 10) float32, a model's answers; None will do where `query.needs_predictions` is False.
        query: what to look for.

    Returns:
        (n,) int64 indices into `labels`, n from 0 to N.

    Raises:
        ValueError: the query needs a model's answers and there are none.
    """
    kept = torch.ones_like(labels, dtype=torch.bool) if query.label is None else labels == query.label
    if not query.needs_predictions:
        return kept.nonzero().flatten()
    if probabilities is None:
        raise ValueError("this query needs the answers of a model, got none")
    confidence, answers = probabilities.max(dim=1)
    if query.predicted is not None:
        kept &= answers == query.predicted
    if query.is_correct is not None:
        kept &= (answers == labels) == query.is_correct
    kept &= (confidence >= query.confidence[0]) & (confidence <= query.confidence[1])
    found = kept.nonzero().flatten()
    if query.sort == INDEX:
        return found
    # The loss is minus the logarithm of the label's probability: the largest loss is the smallest probability.
    ranked = probabilities.gather(1, labels[:, None]).flatten() if query.sort == LOSS else confidence
    return found[torch.argsort(ranked[found], descending=query.sort == SUREST, stable=True)]
