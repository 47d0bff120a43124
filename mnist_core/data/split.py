"""Load a split from torchvision's files as two tensors, and verify it.

torchvision returns one image at a time; the app loads a whole split at once. `catalog` finds the data set, `idx` reads
the files and `download` gets them.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mnist_core.data.catalog import DIGITS, RAW_FILES, all_files, class_names, find_data_folder, raw_folder, read_split
from mnist_core.data.idx import DOWNLOAD_HINT, BrokenDataError, IdxFile, MissingDataError, UnreadableDataError
from mnist_core.paths import data_root

__all__ = [
    "DIGITS",
    "DOWNLOAD_HINT",
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
    """A split in memory.

    Attributes:
        images: (N, 28, 28) uint8, 0 for paper and 255 for ink; read-only by convention.
        labels: (N,) int64 in 0 to 9.
        name: "train" or "test".
        source: where the images came from, for display.
        classes: the names of the ten labels, for display.
        redrawn: (N,) bool, True for images redrawn as if they came from the canvas; None when none were.
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
        """Return the first `count` images as views that share memory."""
        return self.at(slice(count))

    def at(self, indices: torch.Tensor | slice) -> "Split":
        """Return the images at the given indices; a slice shares memory."""
        redrawn = None if self.redrawn is None else self.redrawn[indices]
        return replace(self, images=self.images[indices], labels=self.labels[indices], redrawn=redrawn)


def load_split(name: str, root: Path | None = None) -> Split:
    """Load a split and verify the size, magic number and shape of both files and, for MNIST, their MD5 sums.

    Args:
        name: "train" (60,000 images of MNIST) or "test" (10,000).
        root: the folder above MNIST/raw or another data set's folder, or a folder that contains the four files, raw
            or gzipped; `data_root()` when None.

    Raises:
        ValueError: `name` is not the name of a split.
        MissingDataError: a file does not exist.
        BrokenDataError: a file is damaged or cannot be read.
    """
    raw = read_split(name, root or data_root())
    images, labels = map(torch.from_numpy, (raw.images, raw.labels))
    return Split(images, labels.long(), name, raw.source, class_names(raw.dataset))


def require_torchvision_layout(root: Path) -> None:
    """Raise MissingDataError unless MNIST's raw files are where torchvision looks for them."""
    for file in all_files():
        if not (path := raw_folder(root) / file.name).is_file():
            raise MissingDataError(f"torchvision needs {path}, which is missing. {DOWNLOAD_HINT}")


def fingerprint(root: Path | None = None) -> tuple[object, ...]:
    """Return a value that changes when the files under a root change: their paths, sizes and modification times."""
    return tuple(_file_fingerprint(path) for path in find_data_folder(root or data_root()).present())


def _file_fingerprint(path: Path) -> tuple[object, ...]:
    try:
        status = path.stat()
    except OSError:
        return (path,)
    return path, status.st_size, status.st_mtime_ns
