"""Ordinary images first: NumPy's distances, and an order that can be seen."""

import numpy as np
import pytest
import torch

from mnist_core.analysis.ordinary import by_distance_from_mean, window


def test_the_order_is_that_of_numpys_distances() -> None:
    images = torch.randint(0, 256, (40, 28, 28), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    pixels = images.numpy().reshape(40, -1).astype(np.float64)
    distances = np.linalg.norm(pixels - pixels.mean(axis=0), axis=1)
    order = by_distance_from_mean(images)
    assert sorted(order.tolist()) == list(range(40))
    assert (np.diff(distances[order.numpy()]) >= -1e-3).all()


def test_the_odd_one_out_is_last() -> None:
    images = torch.zeros(6, 2, 2, dtype=torch.uint8)
    images[2] = 200
    assert by_distance_from_mean(images).tolist() == [0, 1, 3, 4, 5, 2]


@pytest.mark.parametrize(("share", "place", "numbers"), [(0.0, 0, [9, 8, 7]), (1.0, 7, [2, 1, 0]), (0.5, 4, [5, 4, 3])])
def test_a_window_moves_from_the_first_to_the_last(share: float, place: int, numbers: list[int]) -> None:
    begin, shown = window(torch.arange(9, -1, -1), share, 3)
    assert (begin, shown.tolist()) == (place, numbers)


def test_a_window_that_is_too_large_shows_all() -> None:
    assert window(torch.tensor([1, 0]), 1.0, 5)[1].tolist() == [1, 0]


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        by_distance_from_mean(torch.zeros(0, 28, 28, dtype=torch.uint8))
    with pytest.raises(ValueError, match="share must be"):
        window(torch.arange(3), 1.1, 2)
