"""MNIST in torchvision's files: find them, verify them, and read a split as two tensors.

torchvision reads its files one image at a time; the app reads a split once, as a whole. `sets` says which data set lies
where, `idx` what its files look like, `download` how they get there.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mnist_core.data.catalog import (
    DIGITS,
    RAW_FILES,
    TITLES,
    all_files,
    check_split,
    class_names,
    find_data_folder,
    raw_folder,
)
from mnist_core.data.idx import GET_IT, BrokenDataError, IdxFile, MissingDataError, UnreadableDataError, read_raw
from mnist_core.paths import data_root

__all__ = [
    "DIGITS",
    "GET_IT",
    "RAW_FILES",
    "BrokenDataError",
    "IdxFile",
    "MissingDataError",
    "Split",
    "UnreadableDataError",
    "data_root",
    "fingerprint",
    "load_split",
    "raw_folder",
    "require_torchvision_layout",
]


@dataclass(frozen=True)
class Split:
    """One split in memory.

    Attributes:
        images: (N, 28, 28) uint8, 0 is paper and 255 is ink. Read only, by agreement.
        labels: (N,) int64 in 0 to 9.
        name: "train" or "test".
        source: where the digits came from, for people to read.
        classes: what the labels are called, for people to read.
        redrawn: (N,) bool, True for what was drawn again as the canvas would give it; None when nothing was.
    """

    images: torch.Tensor
    labels: torch.Tensor
    name: str
    source: str = "MNIST"
    classes: tuple[str, ...] = DIGITS
    redrawn: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Split":
        """Return the first `count` images, sharing memory."""
        return self.at(slice(count))

    def at(self, places: torch.Tensor | slice) -> "Split":
        """Return the images at some places; a slice shares memory."""
        redrawn = None if self.redrawn is None else self.redrawn[places]
        return replace(self, images=self.images[places], labels=self.labels[places], redrawn=redrawn)


def load_split(name: str, root: Path | None = None) -> Split:
    """Read one split, verifying size, magic number, shape and, of what claims to be MNIST, the MD5 of both files.

    Args:
        name: "train" (60,000 images) or "test" (10,000).
        root: the folder above MNIST/raw, or above one of the other sets', or one that holds the four files directly,
            raw or packed (.gz); `data_root()` when None.

    Raises:
        MissingDataError: a file is not there.
        BrokenDataError: a file is cut short or altered.
    """
    if name not in RAW_FILES:
        raise ValueError(f"split must be one of {', '.join(RAW_FILES)}, got {name!r}")
    found = find_data_folder(root or data_root())
    kind = found.kind()
    paths = [found.folder / file.name for file in RAW_FILES[name]]
    images, labels = check_split(kind, name, [read_raw(path) for path in paths], paths)
    return Split(images, labels.long(), name, f"{TITLES[kind]} {name} set", class_names(kind))


def require_torchvision_layout(root: Path) -> None:
    """Raise MissingDataError unless MNIST's raw files lie where torchvision itself looks for them."""
    for file in all_files():
        if not (path := raw_folder(root) / file.name).is_file():
            raise MissingDataError(f"torchvision reads {path}, which is missing. {GET_IT}")


def fingerprint(root: Path | None = None) -> tuple[object, ...]:
    """Return what changes whenever the files under a root do: their paths, sizes and times of change."""
    return tuple(_file_fingerprint(path) for path in find_data_folder(root or data_root()).present())


def _file_fingerprint(path: Path) -> tuple[object, ...]:
    try:
        status = path.stat()
    except OSError:
        return (path,)
    return path, status.st_size, status.st_mtime_ns
