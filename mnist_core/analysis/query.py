"""Find images in a split by label, by the model's answer, or by how confident the model is."""

from dataclasses import dataclass

import torch

from mnist_core.constants import CLASSES

INDEX, SUREST, LEAST_SURE, LOSS = "index", "surest", "least sure", "loss"
SORTS = (INDEX, SUREST, LEAST_SURE, LOSS)


@dataclass(frozen=True)
class Query:
    """Which images to select and in which order; None matches every image.

    Attributes:
        label: the digit that the image shows, 0 to 9.
        predicted: the digit that the model answers, 0 to 9.
        is_correct: whether the two are the same.
        confidence: the lowest and highest confidence, inclusive, in [0, 1].
        sort: one of `SORTS`. "surest" and "loss" start with the highest value, "least sure" with the lowest. Images
            with equal values are ordered by index.
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
            raise ValueError(f"confidence must be two fractions in [0, 1], the lower one first, got {self.confidence}")
        if self.sort not in SORTS:
            raise ValueError(f"sort must be one of {', '.join(SORTS)}, got {self.sort!r:.40}")

    @property
    def needs_predictions(self) -> bool:
        """True when the query depends on a model's answers."""
        return (self.predicted, self.is_correct, self.confidence, self.sort) != (None, None, (0.0, 1.0), INDEX)


def select(labels: torch.Tensor, probabilities: torch.Tensor | None, query: Query) -> torch.Tensor:
    """Return the indices of the images that match a query, in its order.

    Args:
        labels: (N,) int64 in 0 to 9.
        probabilities: (N, 10) float32, the model's answers; may be None if `query.needs_predictions` is False.
        query: which images to select.

    Returns:
        (n,) int64 indices into `labels`, n from 0 to N.

    Raises:
        ValueError: the query depends on a model's answers and `probabilities` is None.
    """
    kept = torch.ones_like(labels, dtype=torch.bool) if query.label is None else labels == query.label
    if not query.needs_predictions:
        return kept.nonzero().flatten()
    if probabilities is None:
        raise ValueError("this query needs the probabilities of a model, got None")
    confidence, answers = probabilities.max(dim=1)
    if query.predicted is not None:
        kept &= answers == query.predicted
    if query.is_correct is not None:
        kept &= (answers == labels) == query.is_correct
    kept &= (confidence >= query.confidence[0]) & (confidence <= query.confidence[1])
    indices = kept.nonzero().flatten()
    if query.sort == INDEX:
        return indices
    # The loss is -log(probability of the label), so the highest loss has the lowest probability.
    ranked = probabilities.gather(1, labels[:, None]).flatten() if query.sort == LOSS else confidence
    return indices[torch.argsort(ranked[indices], descending=query.sort == SUREST, stable=True)]
