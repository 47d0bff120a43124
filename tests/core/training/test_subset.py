from dataclasses import replace

import pytest
import torch

from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.training.subset import training_subset, unused_subset

CONFIG = TrainConfig("linear")


@pytest.fixture
def train(tiny_splits: tuple[Split, Split]) -> Split:
    return tiny_splits[0]


def indices_in(split: Split, subset: Split) -> list[int]:
    """Return the index in a split of each image of its subset."""
    index_of = {image.numpy().tobytes(): index for index, image in enumerate(split.images)}
    return [index_of[image.numpy().tobytes()] for image in subset.images]


def test_a_share_of_1_without_noise_is_the_split_itself(train: Split) -> None:
    assert training_subset(train, CONFIG) is train


@pytest.mark.parametrize(("share", "count"), [(0.5, 200), (0.25, 100), (0.001, 1)])
def test_a_share_has_that_many_different_images_with_their_labels(train: Split, share: float, count: int) -> None:
    subset = training_subset(train, replace(CONFIG, share=share))
    indices = indices_in(train, subset)
    assert len(subset) == len(set(indices)) == count
    assert torch.equal(subset.labels, train.labels[indices])


def test_the_seed_alone_decides_the_subset(train: Split) -> None:
    one, again, other = (training_subset(train, replace(CONFIG, share=0.5, label_noise=0.5, seed=s)) for s in (1, 1, 2))
    assert torch.equal(one.images, again.images) and torch.equal(one.labels, again.labels)
    assert not torch.equal(one.images, other.images)


@pytest.mark.parametrize("noise", [0.1, 0.5, 1.0])
def test_label_noise_makes_that_many_labels_wrong_and_keeps_the_images(train: Split, noise: float) -> None:
    before = train.labels.clone()
    noisy = training_subset(train, replace(CONFIG, label_noise=noise))
    assert int((noisy.labels != before).sum()) == round(noise * 400)
    assert noisy.images is train.images and torch.equal(train.labels, before)
    assert int(noisy.labels.min()) >= 0 and int(noisy.labels.max()) <= 9


def test_wrong_labels_are_spread_over_the_other_nine_digits(train: Split) -> None:
    many = Split(train.images[:1].expand(9_000, 28, 28), torch.full((9_000,), 7), "train")
    counts = torch.bincount(training_subset(many, replace(CONFIG, label_noise=1.0)).labels, minlength=10)
    assert counts[7] == 0
    assert all(abs(int(count) - 1_000) < 200 for digit, count in enumerate(counts) if digit != 7)  # 6.7 sigma


def test_the_source_states_the_share_and_the_noise(train: Split) -> None:
    assert training_subset(train, replace(CONFIG, share=0.5, label_noise=0.25)).source == (
        "made train set, a share of 0.5, 25.0% mislabelled"
    )


@pytest.mark.parametrize("share", [0.25, 0.7, 1.0])
def test_the_unused_images_are_the_others(train: Split, share: float) -> None:
    config = replace(CONFIG, share=share, seed=5)
    used, unused = training_subset(train, config), unused_subset(train, config)
    assert sorted(indices_in(train, used) + indices_in(train, unused)) == list(range(len(train)))
    assert torch.equal(unused.labels, train.labels[indices_in(train, unused)])
