"""Which data set a folder contains, and how its labels are named."""

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
def test_mnist_is_loaded_raw_or_packed_from_torchvisions_layout_or_directly(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path, pack: type, inside: str
) -> None:
    write(tmp_path / "new" / inside, pack(files))
    for split in (miniature.train, miniature.test):
        loaded = load_split(split.name, tmp_path / "new")
        assert torch.equal(loaded.images, split.images) and torch.equal(loaded.labels, split.labels)
        assert loaded.source == f"MNIST {split.name} set" and loaded.classes == DIGITS


@pytest.mark.parametrize("damage", [lambda gz_path: gz_path[:-9], lambda gz_path: b"no archive", lambda gz_path: b""])
def test_a_damaged_archive_is_refused_in_one_sentence(
    files: dict[str, bytes], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    write(tmp_path / "new", {name: damage(gz_path) for name, gz_path in zipped(files).items()})
    with pytest.raises(BrokenDataError, match=r"\.gz must be a (complete )?gzip archive, got") as refused:
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
def test_the_folder_name_identifies_the_data_set(
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


def test_complete_mnist_takes_precedence_and_changes_the_fingerprint(
    files: dict[str, bytes], others: dict[str, bytes], tmp_path: Path
) -> None:
    assert fingerprint(tmp_path) == ()
    write(tmp_path / "KMNIST" / "raw", others)
    before = fingerprint(tmp_path)
    assert before and load_split("test", tmp_path).source == "KMNIST test set"
    write(tmp_path / "MNIST" / "raw", {name: content for name, content in files.items() if "t10k" in name})
    assert fingerprint(tmp_path) == before  # an incomplete MNIST does not hide a complete data set
    for name, content in files.items():
        (tmp_path / "MNIST" / "raw" / name).write_bytes(content)
    assert fingerprint(tmp_path) != before and load_split("test", tmp_path).source == "MNIST test set"


def test_files_outside_torchvisions_layout_are_missing_for_torchvision(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path
) -> None:
    require_torchvision_layout(miniature.root)
    write(tmp_path / "direct", files)
    with pytest.raises(MissingDataError, match="torchvision needs .*MNIST/raw/train-images-idx3-ubyte, which is"):
        require_torchvision_layout(tmp_path / "direct")
