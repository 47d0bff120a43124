from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mnist_core.data import torchvision_import
from mnist_core.data.split import RAW_FILES, BrokenDataError, IdxFile, MissingDataError, Split, load_split
from mnist_core.paths import data_root
from tests.made import Miniature, idx_bytes


def test_a_loaded_split_equals_the_written_one(miniature: Miniature) -> None:
    for name, written in (("train", miniature.train), ("test", miniature.test)):
        split = load_split(name)
        assert split.images.dtype == torch.uint8 and torch.equal(split.images, written.images)
        assert split.labels.dtype == torch.int64 and torch.equal(split.labels, written.labels)
        assert (split.name, len(split)) == (name, len(written)) and name in split.source


def test_the_first_images_of_a_split_share_its_memory(tiny_splits: tuple[Split, Split]) -> None:
    train, _ = tiny_splits
    first = train.first(7)
    assert len(first) == 7 and (first.name, first.source) == (train.name, train.source)
    assert first.images.data_ptr() == train.images.data_ptr()


def test_mnist_equals_what_torchvision_reads_item_by_item(mnist: tuple[Split, Split]) -> None:
    for split, train in zip(mnist, (True, False), strict=True):
        oracle = torchvision_import.import_datasets().MNIST(str(data_root()), train=train)
        assert len(split) == len(oracle) == (60_000 if train else 10_000)
        for index in (0, 1, 4_999, 7_777, len(split) - 1):
            image, label = oracle[index]
            assert list(image.get_flattened_data()) == split.images[index].flatten().tolist()
            assert label == split.labels[index]
        assert torch.equal(oracle.targets, split.labels)


def test_an_unknown_split_name_is_refused(miniature: Miniature) -> None:
    with pytest.raises(ValueError, match="^split must be one of train, test, got 'validation'$"):
        load_split("validation")


@pytest.mark.parametrize("name", ["train-images", "train-labels"])
def test_the_error_for_a_missing_file_says_how_to_get_it(miniature: Miniature, name: str) -> None:
    miniature.file(name).unlink()
    with pytest.raises(MissingDataError, match=f"{name}.*missing.*python -m mnist_core data"):
        load_split("train")
    assert len(load_split("test")) == 100


def test_an_empty_root_has_no_mnist(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        load_split("train", tmp_path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def other_magic(path: Path) -> None:
    path.write_bytes((2050).to_bytes(4, "big") + path.read_bytes()[4:])


def other_count(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4] + (399).to_bytes(4, "big") + content[8:])


def folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[Callable[[Path], None], str] = {
    cut: "bytes, got",
    lengthen: "bytes, got",
    empty: "bytes, got 0",
    flip_a_bit: "MD5",
    other_magic: r"IDX header .*\b20(51|49)\b.*got.*\b2050\b",
    other_count: r"IDX header .*\b400\b.*got.*\b399\b",
    folder_in_place: "cannot be read",
}


@pytest.mark.parametrize("name", ["train-images", "train-labels"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_refused_in_one_sentence(
    miniature: Miniature, name: str, damage: Callable[[Path], None]
) -> None:
    path = miniature.file(name)
    damage(path)
    with pytest.raises(BrokenDataError, match=DAMAGES[damage]) as refused:
        load_split("train")
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_images_of_another_shape_are_refused(miniature: Miniature) -> None:
    miniature.file("train-images").write_bytes(idx_bytes(2051, miniature.train.images.reshape(400, 14, 56)))
    with pytest.raises(BrokenDataError, match=r"\[2051, 400, 28, 28\], got \[2051, 400, 14, 56\]"):
        load_split("train")


def test_a_file_in_place_of_the_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("no folder")
    with pytest.raises(BrokenDataError, match="cannot be read"):
        load_split("train", root)


def test_file_names_and_shapes_are_those_that_mnist_publishes() -> None:
    assert [file.shape for file in RAW_FILES["train"]] == [(60_000, 28, 28), (60_000,)]
    assert [file.shape for file in RAW_FILES["test"]] == [(10_000, 28, 28), (10_000,)]
    files: list[IdxFile] = [file for pair in RAW_FILES.values() for file in pair]
    assert [file.name for file in files] == [
        path.removesuffix(".gz") for path, _ in torchvision_import.import_datasets().MNIST.resources
    ]
