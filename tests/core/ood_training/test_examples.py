import numpy as np
import pytest
import torch

from mnist_core.data.split import Split
from mnist_core.ood_training.examples import (
    CORRUPTED_DIGITS,
    COUNTS,
    DIGIT_GROUPS,
    RANDOM_FAMILIES,
    Examples,
    far_from_digits,
    make_group,
    nondigit_images,
)
from mnist_core.recognition.ood_detector import NOT_A_DIGIT


@pytest.mark.parametrize("name", CORRUPTED_DIGITS)
def test_corrupted_digits_are_as_many_images_as_requested(name: str, digits: Split) -> None:
    corrupted = CORRUPTED_DIGITS[name](digits, 9, np.random.default_rng(0))
    assert corrupted.shape == (9, 28, 28)
    assert corrupted.dtype == torch.uint8
    assert (corrupted.amax(dim=(1, 2)) > 100).all()


@pytest.mark.parametrize("name", [*DIGIT_GROUPS, "dot", "letter A", "overlaid digits", *RANDOM_FAMILIES])
def test_a_group_depends_on_its_seed_alone(name: str, digits: Split) -> None:
    size = 20 / COUNTS[name]
    one, other, another = (make_group(name, digits, seed, size) for seed in (3, 3, 4))
    assert one.images.shape == (20, 28, 28)
    assert one.images.dtype == torch.uint8
    assert ((one.labels < NOT_A_DIGIT).all() if name in DIGIT_GROUPS else (one.labels == NOT_A_DIGIT).all()).item()
    assert torch.equal(one.images, other.images)
    assert not torch.equal(one.images, another.images)


def test_only_images_that_look_like_no_digit_are_far_from_digits(digits: Split) -> None:
    shifted = digits.images.roll(1, 2)
    assert not far_from_digits(digits.images, digits.images, 0.99).any()
    assert far_from_digits(shifted, digits.images, 0.99).all()
    dots = nondigit_images(["dots"], 20, np.random.default_rng(0))
    assert far_from_digits(dots, digits.images, 0.9).float().mean() > 0.9


def test_nondigits_are_as_many_images_as_requested() -> None:
    images = nondigit_images(["star", "letter K"], 7, np.random.default_rng(0))
    assert images.shape == (7, 28, 28)
    assert images.dtype == torch.uint8
    assert (images.amax(dim=(1, 2)) > 200).all()


def test_a_rotated_digit_is_one_of_the_split_after_quarter_turns_or_a_mirror(digits: Split) -> None:
    originals = {image.numpy().tobytes() for image in digits.images}
    for image in CORRUPTED_DIGITS["turned digit"](digits, 20, np.random.default_rng(1)):
        undone = [torch.rot90(image, turns, (0, 1)) for turns in (1, 2, 3)] + [image.flip(1)]
        assert any(candidate.contiguous().numpy().tobytes() in originals for candidate in undone)


def test_shuffled_quarters_keep_their_ink_and_leave_their_places(digits: Split) -> None:
    originals = {image.numpy().tobytes() for image in digits.images}
    ink = sorted(int(image.sum()) for image in digits.images)
    for image in CORRUPTED_DIGITS["shuffled quarters"](digits, 20, np.random.default_rng(1)):
        assert int(image.sum()) in ink
        assert image.contiguous().numpy().tobytes() not in originals


def test_examples_are_concatenated_in_order() -> None:
    first = Examples(torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([3, 4]))
    second = Examples(torch.ones(1, 28, 28, dtype=torch.uint8), torch.tensor([NOT_A_DIGIT]))
    both = Examples.concatenate([first, second])
    assert both.labels.tolist() == [3, 4, NOT_A_DIGIT]
    assert both.images.amax(dim=(1, 2)).tolist() == [0, 0, 1]
