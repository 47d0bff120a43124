"""How much luck alone can do: the accuracy that the best of many equally good models shows on a test set."""

from collections.abc import Sequence

import torch


def expected_best(models: Sequence[int], images: int, accuracy: float) -> list[float]:
    """Return the expected accuracy of the best of some models on a test set, exactly.

    All models have the same true accuracy, and one model's mistakes say nothing about another's. So each is right for
    a binomial number of images, and the expected largest of m such numbers is the sum of 1 - P(X <= k)^m over k below
    the number of images.

    Args:
        models: how many are tried, at least 1; one result for each.
        images: of the test set, at least 1.
        accuracy: the true one of each model, between 0 and 1.

    Raises:
        ValueError: there are no models or no images, or the accuracy is not between 0 and 1.
    """
    if min(models, default=1) < 1:
        raise ValueError(f"models must be at least 1, got {min(models)}")
    if images < 1:
        raise ValueError(f"images must be at least 1, got {images}")
    if not 0 < accuracy < 1:
        raise ValueError(f"accuracy must be between 0 and 1, got {accuracy}")
    at_most = _binomial(images, accuracy).cumsum(dim=0).clamp(max=1)[:-1]  # P(X <= k) for k below the number of images
    return [float((1 - at_most**each).sum()) / images for each in models]


def _binomial(count: int, probability: float) -> torch.Tensor:
    """Return the probabilities of 0 to `count` successes, (count + 1,) float64."""
    right = torch.arange(count + 1, dtype=torch.float64)
    wrong = count - right
    whole = torch.tensor(float(count), dtype=torch.float64)
    ways = torch.lgamma(whole + 1) - torch.lgamma(right + 1) - torch.lgamma(wrong + 1)
    chance = torch.tensor(probability, dtype=torch.float64)
    return (ways + right * chance.log() + wrong * (1 - chance).log()).exp()
