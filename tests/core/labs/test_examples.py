"""The examples show what differs between the twins, and nothing where their images are the same."""

import torch

from mnist_core.data.split import Split
from mnist_core.labs.catalog import LABS
from mnist_core.labs.examples import examples


def test_changed_test_images_stand_below_the_same_images_unchanged(tiny_splits: tuple[Split, Split]) -> None:
    healthy, broken = LABS["inverted"].setups(1.0, *tiny_splits)
    above, below = examples(healthy, broken)
    assert len(above) == len(below) == 10
    for one, other in zip(above, below, strict=True):
        assert one.image is not None and other.image is not None
        assert torch.equal(other.image, 255 - one.image) and one.label == other.label and not other.is_wrong


def test_wrong_labels_are_marked_and_only_those(tiny_splits: tuple[Split, Split]) -> None:
    healthy, broken = LABS["labels"].setups(0.6, *tiny_splits)
    above, below = examples(healthy, broken)
    assert [other.is_wrong for other in below] == [
        one.label != other.label for one, other in zip(above, below, strict=True)
    ]
    assert any(other.is_wrong for other in below) and not any(one.is_wrong for one in above)


def test_a_missing_digit_has_no_image_and_the_others_have_their_own(tiny_splits: tuple[Split, Split]) -> None:
    healthy, broken = LABS["missing"].setups(4.0, *tiny_splits)
    above, below = examples(healthy, broken)
    assert [each.label for each in below] == list(range(10))
    assert [each.label for each in below if each.image is None] == [4]
    assert all(each.image is not None for each in above)


def test_where_the_images_are_the_same_there_are_no_examples(tiny_splits: tuple[Split, Split]) -> None:
    for key in ("rate", "raw", "few"):
        lab = LABS[key]
        assert examples(*lab.setups(lab.default, *tiny_splits)) == ((), ())


def test_an_example_keeps_no_other_images_in_memory(tiny_splits: tuple[Split, Split]) -> None:
    for lab in LABS.values():
        for example in [each for row in examples(*lab.setups(lab.default, *tiny_splits)) for each in row]:
            assert example.image is None or example.image.untyped_storage().nbytes() == 28 * 28
