"""MNIST's digits through the ink pipeline: one line thickness, whatever pen wrote them."""

import numpy as np
import pytest
import torch

from mnist_core.ink.preprocessing import LINE_WIDTH
from mnist_core.training.reinking import reink, reinked


def bar(width: int) -> np.ndarray:
    """An upright bar, (28, 28) uint8."""
    image = np.zeros((28, 28), dtype=np.uint8)
    image[4:24, 14 - width // 2 : 14 + (width + 1) // 2] = 255
    return image


@pytest.mark.parametrize("pen", [1, 5, 9])
@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_bar_of_any_thickness_comes_out_one_line_wide(width: int, pen: int) -> None:
    image = reink(bar(width), pen)
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    assert image[14].sum() / 255 == pytest.approx(LINE_WIDTH, abs=0.6)  # the box has whole pixels


def test_a_blank_image_stays_blank() -> None:
    assert not reink(np.zeros((28, 28), dtype=np.uint8), 3).any()


def test_a_seed_repeats_the_pens() -> None:
    images = torch.from_numpy(np.stack([bar(2), bar(3), bar(4)] * 4))
    first = reinked(images, np.random.default_rng(0))
    assert first.dtype == torch.uint8
    assert torch.equal(first, reinked(images, np.random.default_rng(0)))
