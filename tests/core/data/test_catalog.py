"""Which data set lies where, and under which names its labels are shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mnist_core.data import torchvision_import
from mnist_core.data.split import (
    DIGITS,
    BrokenDataError,
    MissingDataError,
    fingerprint,
    load_split,
    require_torchvision_layout,
)
from tests.made import Miniature, write, zipped


@pytest.mark.parametrize("pack", [dict, zipped], ids=["raw", "packed"])
@pytest.mark.parametrize("inside", ["", "MNIST/raw"])
def test_a_folder_holds_mnist_directly_or_in_torchvisions_layout_raw_or_packed(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path, pack: type, inside: str
) -> None:
    write(tmp_path / "new" / inside, pack(files))
    for split in (miniature.train, miniature.test):
        found = load_split(split.name, tmp_path / "new")
        assert torch.equal(found.images, split.images) and torch.equal(found.labels, split.labels)
        assert found.source == f"MNIST {split.name} set" and found.classes == DIGITS


@pytest.mark.parametrize("damage", [lambda gz_path: gz_path[:-9], lambda gz_path: b"no archive", lambda gz_path: b""])
def test_a_damaged_archive_is_refused_in_one_sentence(
    files: dict[str, bytes], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    write(tmp_path / "new", {name: damage(gz_path) for name, gz_path in zipped(files).items()})
    with pytest.raises(BrokenDataError, match=r"\.gz must be a (whole )?gzip archive, got") as refused:
        load_split("train", tmp_path / "new")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("folder", "source", "first"),
    [
        ("FashionMNIST/raw", "Fashion-MNIST test set", "T-shirt/top"),
        ("KMNIST/raw", "KMNIST test set", "o"),
        ("OwnDigits/raw", "Your own test set", "0"),
        ("my-fashion-files", "Fashion-MNIST test set", "T-shirt/top"),
        ("kuzushiji", "KMNIST test set", "o"),
        ("numbers", "Your own test set", "0"),
    ],
)
def test_the_folder_says_which_set_it_holds(
    others: dict[str, bytes], tmp_path: Path, folder: str, source: str, first: str
) -> None:
    write(tmp_path / folder, others)
    root = tmp_path / folder if "/raw" not in folder else tmp_path
    split = load_split("test", root)
    assert split.source == source and split.classes[0] == first and len(split.classes) == 10
    assert split.first(3).classes == split.classes


def test_class_names_are_torchvisions(others: dict[str, bytes], tmp_path: Path) -> None:
    write(tmp_path / "FashionMNIST" / "raw", others)
    assert load_split("test", tmp_path).classes == tuple(torchvision_import.import_datasets().FashionMNIST.classes)


def test_mnist_comes_before_the_others_and_the_stamp_tells_when_it_came(
    files: dict[str, bytes], others: dict[str, bytes], tmp_path: Path
) -> None:
    assert fingerprint(tmp_path) == ()
    write(tmp_path / "KMNIST" / "raw", others)
    before = fingerprint(tmp_path)
    assert before and load_split("test", tmp_path).source == "KMNIST test set"
    write(tmp_path / "MNIST" / "raw", {name: content for name, content in files.items() if "t10k" in name})
    assert fingerprint(tmp_path) == before  # half of MNIST does not hide what is whole
    for name, content in files.items():
        (tmp_path / "MNIST" / "raw" / name).write_bytes(content)
    assert fingerprint(tmp_path) != before and load_split("test", tmp_path).source == "MNIST test set"


def test_torchvisions_own_lines_need_its_layout(miniature: Miniature, files: dict[str, bytes], tmp_path: Path) -> None:
    require_torchvision_layout(miniature.root)
    write(tmp_path / "direct", files)
    with pytest.raises(MissingDataError, match="torchvision reads .*MNIST/raw/train-images-idx3-ubyte, which is"):
        require_torchvision_layout(tmp_path / "direct")
