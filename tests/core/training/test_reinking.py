import numpy as np
import pytest
import torch

from mnist_core.data.split import Split
from mnist_core.ink.preprocessing import LINE_WIDTH
from mnist_core.training.reinking import append_reinked, reink, reink_batch


def bar(width: int) -> np.ndarray:
    """An upright bar, (28, 28) uint8."""
    image = np.zeros((28, 28), dtype=np.uint8)
    image[4:24, 14 - width // 2 : 14 + (width + 1) // 2] = 255
    return image


@pytest.mark.parametrize("pen", [1, 5, 9])
@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_bar_of_any_width_becomes_one_line_wide(width: int, pen: int) -> None:
    image = reink(bar(width), pen)
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert image[14].sum() / 255 == pytest.approx(LINE_WIDTH, abs=0.6)  # the box has whole pixels


def test_a_blank_image_stays_blank() -> None:
    assert not reink(np.zeros((28, 28), dtype=np.uint8), 3).any()


def test_the_same_seed_repeats_the_pens() -> None:
    images = torch.from_numpy(np.stack([bar(2), bar(3), bar(4)] * 4))
    first = reink_batch(images, np.random.default_rng(0))
    assert first.dtype == torch.uint8
    assert torch.equal(first, reink_batch(images, np.random.default_rng(0)))


def test_a_thicker_pen_fills_a_small_loop() -> None:
    ring = np.zeros((28, 28), dtype=np.uint8)
    ring[8:19, 8:19] = 255
    ring[11:16, 11:16] = 0
    assert reink(ring, 0)[13:15, 13:15].max() < 50
    assert reink(ring, 10)[13:15, 13:15].min() > 200


def test_reinked_digits_look_like_their_originals() -> None:
    images = torch.from_numpy(np.stack([bar(width) for width in (1, 2, 3, 4)]))
    reinked = reink_batch(images, np.random.default_rng(0)).float().flatten(1)
    assert (torch.cosine_similarity(reinked, images.float().flatten(1)) > 0.5).all()


def test_a_split_with_reinked_digits_keeps_the_originals_first_and_marks_the_rest() -> None:
    images = torch.from_numpy(np.stack([bar(2), bar(3), bar(4)]))
    split = Split(images, torch.tensor([1, 7, 1]), "train", source="bars")
    both = append_reinked(split, seed=5)
    assert torch.equal(both.images[:3], images) and both.labels.tolist() == [1, 7, 1, 1, 7, 1]
    assert both.redrawn is not None and both.redrawn.tolist() == [False] * 3 + [True] * 3
    assert torch.equal(both.images[3:], reink_batch(images, np.random.default_rng(5)))
    assert (both.name, both.source) == ("train", "bars, as it is and re-inked")
