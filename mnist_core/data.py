"""MNIST through torchvision: find its files, verify them, read a split as two tensors, or download it.

The files are torchvision's own, `ROOT/MNIST/raw/*-ubyte`, in the IDX format of http://yann.lecun.com/exdb/mnist.
torchvision reads them one image at a time; the app reads a split once, as a whole.
"""

import hashlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

DIGITS = tuple(str(digit) for digit in range(10))
IMAGE_MAGIC, LABEL_MAGIC = 2051, 2049  # IDX: unsigned bytes in three dimensions and in one
TIMEOUT = 30.0  # s without an answer after which a mirror is given up
GET_IT = "Download it with: python -m mnist_core data"


@dataclass(frozen=True)
class IdxFile:
    """One raw file of MNIST: its name, magic number, shape, and the MD5 of the uncompressed bytes."""

    name: str
    magic: int
    shape: tuple[int, ...]
    md5: str


# MD5 sums taken with md5sum from the four files that torchvision unpacks.
RAW_FILES = {
    "train": (
        IdxFile("train-images-idx3-ubyte", IMAGE_MAGIC, (60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
        IdxFile("train-labels-idx1-ubyte", LABEL_MAGIC, (60_000,), "a25bea736e30d166cdddb491f175f624"),
    ),
    "test": (
        IdxFile("t10k-images-idx3-ubyte", IMAGE_MAGIC, (10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
        IdxFile("t10k-labels-idx1-ubyte", LABEL_MAGIC, (10_000,), "27ae3e4e09519cfbb04c329615203637"),
    ),
}


class MissingDataError(FileNotFoundError):
    """A raw file of MNIST is not there; the message says which and how to get it."""


class BrokenDataError(ValueError):
    """A raw file of MNIST is there, but is not what MNIST's is; the message says what was expected."""


class UnreadableDataError(BrokenDataError):
    """A raw file of MNIST is there, but cannot be read, so that nobody knows whether it is whole."""


@dataclass(frozen=True)
class Split:
    """One split in memory.

    Attributes:
        images: (N, 28, 28) uint8, 0 is paper and 255 is ink. Read only, by agreement.
        labels: (N,) int64 in 0 to 9.
        name: "train" or "test".
        source: where the digits came from, for people to read.
    """

    images: torch.Tensor
    labels: torch.Tensor
    name: str
    source: str = "MNIST"

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Split":
        """Return the first `count` images, sharing memory."""
        return Split(self.images[:count], self.labels[:count], self.name, self.source)


def data_root() -> Path:
    """Return the folder that holds MNIST: the environment's MNIST_ROOT, or data/ beside app.py."""
    return Path(os.environ.get("MNIST_ROOT") or Path(__file__).parent.parent / "data")


def raw_folder(root: Path) -> Path:
    """Return the folder of the raw files under a root, in torchvision's layout."""
    return root / "MNIST" / "raw"


def load_split(name: str, root: Path | None = None) -> Split:
    """Read one split of MNIST, verifying size, magic number, shape and MD5 of both files.

    Args:
        name: "train" (60,000 images) or "test" (10,000).
        root: the folder above MNIST/raw; `data_root()` when None.

    Raises:
        MissingDataError: a file is not there.
        BrokenDataError: a file is cut short or altered.
    """
    if name not in RAW_FILES:
        raise ValueError(f"split must be one of {', '.join(RAW_FILES)}, got {name!r}")
    folder = raw_folder(root or data_root())
    images, labels = (read_idx(folder / file.name, file) for file in RAW_FILES[name])
    return Split(images, labels.long(), name, source=f"MNIST {name} set")


def read_idx(path: Path, expected: IdxFile) -> torch.Tensor:
    """Read one IDX file and check it against what is expected; returns a uint8 tensor of the expected shape."""
    try:
        content = bytearray(path.read_bytes())
    except FileNotFoundError:
        raise MissingDataError(f"MNIST is not complete: {path} is missing. {GET_IT}") from None
    except OSError as error:
        raise UnreadableDataError(f"{path} cannot be read ({error.strerror}); check the folder's permissions") from None
    header = 4 + 4 * len(expected.shape)
    size = header + torch.Size(expected.shape).numel()
    if len(content) != size:
        raise BrokenDataError(f"{path} must have {size:,} bytes, got {len(content):,}. Delete it, then: {GET_IT}")
    numbers = [int.from_bytes(content[at : at + 4], "big") for at in range(0, header, 4)]
    if numbers != [expected.magic, *expected.shape]:
        raise BrokenDataError(
            f"{path} must start with the IDX header {[expected.magic, *expected.shape]}, got {numbers}. "
            f"Delete it, then: {GET_IT}"
        )
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != expected.md5:
        raise BrokenDataError(f"{path} must have the MD5 sum {expected.md5}, got another. Delete it, then: {GET_IT}")
    return torch.frombuffer(content, dtype=torch.uint8, offset=header).reshape(expected.shape)


def download(root: Path, say: Callable[[str], None] = lambda line: None) -> None:
    """Download MNIST into a root through torchvision, then verify every file.

    torchvision takes any raw file that exists for whole, so files that fail the check are removed before and after.

    Raises:
        OSError: no mirror answered, or the folder cannot be written; nothing half-written is left behind.
    """
    from .vision import import_datasets

    folder = raw_folder(root)
    waited = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)  # NOTE: torchvision opens URLs without a time-out of its own
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_broken(folder, say)
        for train in (True, False):
            say(f"Downloading the {'training' if train else 'test'} set")
            import_datasets().MNIST(str(root), train=train, download=True)
    except (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError):
        raise OSError(f"{root} must be a folder that can be written; set MNIST_ROOT to one, or mend this one") from None
    except (OSError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise OSError(
            f"MNIST could not be downloaded into {root} ({reason}); check the network, "
            "or set MNIST_ROOT to a folder that has MNIST/raw/*-ubyte"
        ) from None
    finally:
        socket.setdefaulttimeout(waited)
        _remove_broken(folder, say)


def _remove_broken(folder: Path, say: Callable[[str], None]) -> None:
    """Remove the raw files that are not whole, and the archives that torchvision fetched them from."""
    for file in (file for files in RAW_FILES.values() for file in files):
        path = folder / file.name
        if path.is_file() and not _is_whole(path, file):
            say(f"{path.name} is not whole: removed")
            path.unlink()
        archive = folder / f"{file.name}.gz"
        if archive.is_file():
            archive.unlink()


def _is_whole(path: Path, expected: IdxFile) -> bool:
    try:
        read_idx(path, expected)
    except UnreadableDataError:
        return True  # as far as anybody knows, and what cannot be read is not ours to delete
    except BrokenDataError:
        return False
    return True
