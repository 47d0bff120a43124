"""The first images: counted by hand, by Python's Counter, and what is published about MNIST."""

from collections import Counter

import pytest
import torch

from mnist_core.analysis.first_images import FirstImages, count_first
from mnist_core.data.split import Split

LABELS = torch.tensor([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])


def test_ten_images_are_counted_by_hand() -> None:
    first = count_first(LABELS, 10)
    assert first.counts == (1, 3, 1, 1, 2, 1, 0, 0, 0, 1)
    assert (first.missing, first.most_frequent, first.rarest) == ((6, 7, 8), 1, 6)
    assert (first.total, first.memory) == (10, 7_840) and first.shares[1] == pytest.approx(0.3)


@pytest.mark.parametrize("count", [1, 7, 500])
def test_only_the_first_images_count(count: int) -> None:
    labels = torch.randint(0, 10, (500,), generator=torch.Generator().manual_seed(1))
    expected = Counter(labels.tolist()[:count])
    assert count_first(labels, count).counts == tuple(expected[label] for label in range(10))


def test_mnist_has_most_ones_and_fewest_fives(mnist: tuple[Split, Split]) -> None:
    first = count_first(mnist[0].labels, 60_000)
    assert (first.most_frequent, first.counts[1], first.rarest, first.counts[5]) == (1, 6_742, 5, 5_421)


def test_nothing_is_missing_where_every_label_is_there() -> None:
    assert FirstImages((1,) * 10).missing == ()


@pytest.mark.parametrize("count", [0, 11])
def test_images_that_are_not_there_are_not_counted(count: int) -> None:
    with pytest.raises(ValueError, match="count must be 1 to 10"):
        count_first(LABELS, count)
