"""The mistakes in the data do exactly what they say, and nothing else."""

import numpy as np
import pytest
import torch
from PIL import Image

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.labs.corruptions import RawPixels, inverted, mislabelled, only_first, shifted, squashed, without_digit
from mnist_core.models.config_fields import ConfigError


@pytest.fixture
def split(tiny_splits: tuple[Split, Split]) -> Split:
    return tiny_splits[0]


def test_inverted_pixels_are_1_minus_the_pixels_and_twice_inverted_is_the_same(split: Split) -> None:
    changed = inverted(split)
    assert torch.allclose(changed.images / 255, 1 - split.images / 255)
    assert torch.equal(inverted(changed).images, split.images)
    assert changed.images.dtype == torch.uint8 and torch.equal(changed.labels, split.labels)


@pytest.mark.parametrize("pixels", [0, 1, 5, 28])
def test_shifted_images_are_those_that_numpy_rolls_with_paper_where_they_come_in(split: Split, pixels: int) -> None:
    expected = np.roll(split.images.numpy(), pixels, axis=2)
    expected[:, :, :pixels] = 0
    changed = shifted(split, pixels)
    assert np.array_equal(changed.images.numpy(), expected) and torch.equal(changed.labels, split.labels)


@pytest.mark.parametrize("width", [7, 14, 21, 28])
def test_squashed_images_are_those_that_pillow_makes_of_the_areas(split: Split, width: int) -> None:
    changed = squashed(split, width).images[:20]
    left = (28 - width) // 2
    for image, before in zip(changed, split.images, strict=False):
        expected = np.asarray(Image.fromarray(before.numpy()).resize((width, 28), Image.Resampling.BOX), dtype=int)
        middle = image[:, left : left + width].numpy().astype(int)
        if 28 % width == 0:
            assert np.abs(middle - expected).max() <= 1  # a half is rounded in another way
        assert int(image.sum()) == int(middle.sum())  # paper on both sides
        assert abs(middle.mean() - float(before.float().mean())) < (4 if width == 21 else 1)


def test_the_first_images_come_again_and_again_until_the_split_is_full(split: Split) -> None:
    changed = only_first(split, 30)
    assert len(changed) == len(split)
    assert torch.equal(changed.images[:30], split.images[:30])
    assert torch.equal(changed.images[30:60], split.images[:30]) and torch.equal(
        changed.labels[30:60], split.labels[:30]
    )
    assert len({image.numpy().tobytes() for image in changed.images}) == 30


@pytest.mark.parametrize("digit", range(10))
def test_without_a_digit_all_others_stay_in_their_order(split: Split, digit: int) -> None:
    changed = without_digit(split, digit)
    kept = [place for place, label in enumerate(split.labels.tolist()) if label != digit]
    assert torch.equal(changed.images, split.images[kept]) and torch.equal(changed.labels, split.labels[kept])


def test_30_percent_of_the_labels_are_wrong_and_the_seed_decides_which(split: Split) -> None:
    changed = mislabelled(split, 0.3, 5)
    wrong = changed.labels != split.labels
    assert int(wrong.sum()) == round(0.3 * len(split))  # none of those that were drawn is right by chance
    assert torch.equal(changed.images, split.images) and set(changed.labels.tolist()) <= set(range(10))
    assert torch.equal(mislabelled(split, 0.3, 5).labels, changed.labels)
    assert not torch.equal(mislabelled(split, 0.3, 6).labels, changed.labels)


def test_raw_pixels_are_the_bytes_of_the_images(split: Split) -> None:
    raw = RawPixels()(normalise(split.images))
    assert torch.allclose(raw[:, 0], split.images.float(), atol=1e-3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda split: shifted(split, 29), "can be shifted by 0 to 28 px, got 29"),
        (lambda split: shifted(split, -1), "can be shifted by 0 to 28 px, got -1"),
        (lambda split: squashed(split, 0), "can be squashed to 1 to 28 px, got 0"),
        (lambda split: only_first(split, 0), "needs 1 or more training images, got 0"),
    ],
)
def test_an_impossible_change_is_refused_with_a_sentence(split: Split, change: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        change(split)  # type: ignore[operator]


def test_an_impossible_share_is_refused(split: Split) -> None:
    with pytest.raises(ConfigError):
        mislabelled(split, 1.5)
