"""Shared fixtures: the real MNIST where this machine has it, and small made data where a test needs none of it."""

import hashlib
import os
from pathlib import Path

import hypothesis
import pytest
import torch

from mnist_core.data.split import RAW_FILES, IdxFile, MissingDataError, Split, load_split
from tests.made import Miniature, idx_bytes, made_split

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.load_profile("quick")
os.environ.setdefault("MNIST_OFFLINE", "1")  # no app under test downloads by itself
torch.set_num_threads(1)  # the made digits are too few to share out, and other tests want the other cores


@pytest.fixture(scope="session")
def mnist() -> tuple[Split, Split]:
    """The real training and test split; skips where there is no MNIST, or fails when REQUIRE_MNIST=1."""
    try:
        return load_split("train"), load_split("test")
    except MissingDataError as missing:
        if os.environ.get("REQUIRE_MNIST") == "1":
            pytest.fail(f"REQUIRE_MNIST=1, but {missing}")
        pytest.skip("needs MNIST: set MNIST_ROOT")


@pytest.fixture(scope="session")
def tiny_splits() -> tuple[Split, Split]:
    """400 training and 100 test images that a model learns in a second."""
    return made_split("train", 400, seed=1), made_split("test", 100, seed=2)


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
        monkeypatch.setitem(RAW_FILES, split.name, tuple(files))
    monkeypatch.setenv("MNIST_ROOT", str(root))
    return Miniature(root, *tiny_splits)


@pytest.fixture
def files(miniature: Miniature) -> dict[str, bytes]:
    """The four raw files under their names."""
    return {path.name: path.read_bytes() for path in (miniature.root / "MNIST" / "raw").iterdir()}


@pytest.fixture
def others(files: dict[str, bytes]) -> dict[str, bytes]:
    """Four raw files that are well-formed but not MNIST's: one pixel and one label differ in each."""
    return {name: content[:-1] + bytes([content[-1] ^ 1]) for name, content in files.items()}
