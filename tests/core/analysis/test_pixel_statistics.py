"""Mean images and pixel statistics against numpy's, and against the numbers that everybody normalises MNIST with."""

import numpy as np
import pytest
import torch

from mnist_core.analysis.pixel_statistics import mean_images, pixel_statistics
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD


def test_pixel_statistics_are_those_of_numpy(tiny_splits: tuple[Split, Split]) -> None:
    images = tiny_splits[0].images
    values = images.numpy().astype(np.float64) / 255
    statistics = pixel_statistics(images)
    assert statistics.count == values.size
    assert statistics.mean == pytest.approx(values.mean(), rel=1e-12)
    assert statistics.std == pytest.approx(values.std(), rel=1e-12)
    assert statistics.blank == pytest.approx((values == 0).mean(), rel=1e-12)


def test_mean_and_std_of_the_training_images_are_the_constants(mnist: tuple[Split, Split]) -> None:
    statistics = pixel_statistics(mnist[0].images)
    assert (round(statistics.mean, 4), round(statistics.std, 4)) == (MEAN, STD)
    assert statistics.count == 60_000 * 784


def test_a_mean_image_is_the_mean_of_the_images_of_its_class(tiny_splits: tuple[Split, Split]) -> None:
    split = tiny_splits[1]
    means = mean_images(split).numpy()
    assert means.shape == (10, 28, 28)
    for label in range(10):
        members = split.images.numpy()[split.labels.numpy() == label]
        assert np.allclose(means[label], members.mean(axis=0) / 255, atol=1e-6)


def test_a_class_without_images_is_black() -> None:
    split = Split(torch.full((2, 28, 28), 255, dtype=torch.uint8), torch.tensor([3, 3]), "test")
    means = mean_images(split)
    assert means[3].min() == 1 and means[4].max() == 0


def test_no_images_have_no_statistics() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        pixel_statistics(torch.zeros(0, 28, 28, dtype=torch.uint8))
