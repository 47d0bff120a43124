"""Shared fixtures: the real MNIST where this machine has it, and small made data where a test needs none of it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import torch

from mnist_core import data
from mnist_core.data import IdxFile, Split

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.load_profile("quick")
torch.set_num_threads(1)  # the made digits are too few to share out, and other tests want the other cores


@pytest.fixture(scope="session")
def mnist() -> tuple[Split, Split]:
    """The real training and test split; skips where there is no MNIST, or fails when REQUIRE_MNIST=1."""
    try:
        return data.load_split("train"), data.load_split("test")
    except data.MissingDataError as missing:
        if os.environ.get("REQUIRE_MNIST") == "1":
            pytest.fail(f"REQUIRE_MNIST=1, but {missing}")
        pytest.skip("needs MNIST: set MNIST_ROOT")


def made_split(name: str, count: int, seed: int) -> Split:
    """Noise with a bright block whose place is the label: learnable, and nothing like the order of the images."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    images = torch.randint(0, 60, (count, 28, 28), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = 4 + label // 5 * 12, 1 + label % 5 * 5
        image[top : top + 8, left : left + 5] = 230
    return Split(images, labels, name, source=f"made {name} set")


@pytest.fixture(scope="session")
def tiny_splits() -> tuple[Split, Split]:
    """400 training and 100 test images that a model learns in a second."""
    return made_split("train", 400, seed=1), made_split("test", 100, seed=2)


@dataclass(frozen=True)
class Miniature:
    """A folder in torchvision's layout with small but valid raw files, and what is in them."""

    root: Path
    train: Split
    test: Split

    def file(self, name: str) -> Path:
        """Return the path of a raw file by the first letters of its name."""
        (path,) = (self.root / "MNIST" / "raw").glob(f"{name}*")
        return path


def idx_bytes(magic: int, values: torch.Tensor) -> bytes:
    """Write down the IDX format by hand: magic number, sizes, then the bytes; big-endian."""
    header = b"".join(number.to_bytes(4, "big") for number in (magic, *values.shape))
    return header + values.to(torch.uint8).numpy().tobytes()


@pytest.fixture
def miniature(tmp_path: Path, tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch) -> Miniature:
    """A valid MNIST folder of 400 and 100 images that MNIST_ROOT points to."""
    root = tmp_path / "root"
    folder = root / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for split, prefix in zip(tiny_splits, ("train", "t10k"), strict=True):
        files = []
        for kind, magic, values in (("images-idx3", 2051, split.images), ("labels-idx1", 2049, split.labels)):
            content = idx_bytes(magic, values)
            name = f"{prefix}-{kind}-ubyte"
            (folder / name).write_bytes(content)
            files.append(IdxFile(name, magic, tuple(values.shape), hashlib.md5(content).hexdigest()))
        monkeypatch.setitem(data.RAW_FILES, split.name, tuple(files))
    monkeypatch.setenv("MNIST_ROOT", str(root))
    return Miniature(root, *tiny_splits)
