"""How ordinary the images of one label are: their distance from the mean of them all."""

import torch


def by_distance_from_mean(images: torch.Tensor) -> torch.Tensor:
    """Return the places of images in order of their Euclidean distance from their mean image, the nearest first.

    Args:
        images: (N, H, W) uint8, at least one.

    Returns:
        (N,) int64; of images that are equally far, the first comes first.

    Raises:
        ValueError: there are no images.
    """
    if not len(images):
        raise ValueError("images must be at least one, got none")
    values = images.flatten(1).float()
    return (values - values.mean(dim=0)).square().sum(dim=1).argsort(stable=True)


def window(order: torch.Tensor, share: float, count: int) -> tuple[int, torch.Tensor]:
    """Return some neighbours in an order, those that lie at a share of the way from its beginning to its end.

    Args:
        order: (N,).
        share: 0 for the first ones, 1 for the last ones.
        count: of neighbours; all of them when there are no more.

    Returns:
        The place of the first of them in the order, from 0, and the neighbours.

    Raises:
        ValueError: the share is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], got {share}")
    begin = round(share * max(len(order) - count, 0))
    return begin, order[begin : begin + count]
