"""The IDX format of http://yann.lecun.com/exdb/mnist: a magic number, the sizes, then the bytes; raw or gzipped."""

import errno
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core.constants import CLASSES, SIDE
from mnist_core.regular_files import read_regular

IMAGE_MAGIC, LABEL_MAGIC = 2051, 2049  # unsigned bytes in three dimensions and in one dimension
MAX_BYTES = 256_000_000  # of an unpacked file; MNIST's largest has 47,040,016
Bytes = npt.NDArray[np.uint8]  # they share the memory of what was read
DOWNLOAD_HINT = "Download it with: python -m mnist_core data"
REPLACE_HINT = f"Delete it, then: {DOWNLOAD_HINT}"


@dataclass(frozen=True)
class IdxFile:
    """A raw file: its name, magic number, shape, and the MD5 sum of its uncompressed bytes."""

    name: str
    magic: int
    shape: tuple[int, ...]
    md5: str

    @property
    def header(self) -> int:
        """The size of the header in bytes: the magic number and one size per dimension, four bytes each."""
        return 4 + 4 * len(self.shape)

    @property
    def size(self) -> int:
        """The size of the whole file in bytes."""
        return self.header + math.prod(self.shape)


class MissingDataError(FileNotFoundError):
    """A raw file does not exist; the message says which one and how to get it."""


class BrokenDataError(ValueError):
    """A raw file exists but its content is wrong; the message says what was expected."""


class UnreadableDataError(BrokenDataError):
    """A raw file exists but cannot be read, so nothing is known about its content."""


def md5_of(content: bytes | bytearray) -> str:
    """Return the MD5 sum in hexadecimal, which detects damage and is not used for security."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def gz_path(path: Path) -> Path:
    """Return the path of a raw file's gzip archive: next to it, with .gz added to the name."""
    return path.with_name(path.name + ".gz")


def read_raw(path: Path) -> bytearray:
    """Read a raw file, or its archive if only that exists, and return the unpacked bytes.

    Raises:
        MissingDataError: neither exists.
        UnreadableDataError: the operating system refuses to read it, or it is a device, a pipe or a folder.
        BrokenDataError: it has more than 256 MB, or the archive is damaged or unpacks to more.
    """
    is_packed = _is_missing(path) and not _is_missing(gz_path(path))
    return gunzip(read_bounded(gz_path(path)), gz_path(path)) if is_packed else read_bounded(path)


def read_bounded(path: Path) -> bytearray:
    """Read a regular file of at most 256 MB, raw or packed, with the errors of `read_raw`."""
    try:
        return read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise MissingDataError(f"MNIST is incomplete: {path} is missing. {DOWNLOAD_HINT}") from None
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise BrokenDataError(f"{path}: {error.strerror}") from None
        hint = "replace it" if error.errno == errno.EINVAL else "check the folder's permissions"
        raise UnreadableDataError(f"{path} cannot be read ({error.strerror}); {hint}") from None


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False  # unknown; reading the file will raise a clear error


def gunzip(archive: bytes | bytearray, name: object, max_bytes: int = MAX_BYTES) -> bytearray:
    """Unpack a gzip archive.

    Args:
        archive: the compressed bytes.
        name: how errors refer to the archive.
        max_bytes: the maximum unpacked size.

    Raises:
        BrokenDataError: it is not a complete gzip archive, or it unpacks to more bytes.
    """
    try:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # NOTE: 16 selects the gzip header
        content = bytearray(decompressor.decompress(archive, max_bytes + 1))
    except zlib.error:
        raise BrokenDataError(f"{name} must be a gzip archive, got something else. {REPLACE_HINT}") from None
    if len(content) > max_bytes:
        raise BrokenDataError(f"{name} must unpack to at most {max_bytes:,} bytes, got more")
    if not decompressor.eof:
        raise BrokenDataError(f"{name} must be a complete gzip archive, got a truncated one. {REPLACE_HINT}")
    return content


def check_published_file(content: bytearray, name: object, expected: IdxFile) -> Bytes:
    """Check a raw file's size, header and MD5 sum, and return its values as uint8 of the expected shape."""
    if len(content) != expected.size:
        raise BrokenDataError(f"{name} must have {expected.size:,} bytes, got {len(content):,}. {REPLACE_HINT}")
    header = _read_header(content, len(expected.shape))
    if header != [expected.magic, *expected.shape]:
        raise BrokenDataError(
            f"{name} must start with the IDX header {[expected.magic, *expected.shape]}, got {header}. {REPLACE_HINT}"
        )
    if (md5 := md5_of(content)) != expected.md5:
        raise BrokenDataError(f"{name} must have the MD5 sum {expected.md5}, got {md5}. {REPLACE_HINT}")
    return np.frombuffer(content, dtype=np.uint8, offset=expected.header).reshape(expected.shape)


def check_images(content: bytearray, name: object) -> Bytes:
    """Check that a raw file contains at least one image of 28x28 px, and return (N, 28, 28) uint8."""
    magic, count, height, width = _read_header(content, 3)
    if (magic, height, width) != (IMAGE_MAGIC, SIDE, SIDE):
        raise BrokenDataError(
            f"{name} must start with the IDX header {[IMAGE_MAGIC, 'N', SIDE, SIDE]}, "
            f"got {[magic, count, height, width]}"
        )
    return _read_values(content, name, (count, SIDE, SIDE))


def check_labels(content: bytearray, name: object) -> Bytes:
    """Check that a raw file contains at least one label and only labels 0 to 9, and return (N,) uint8."""
    magic, count = _read_header(content, 1)
    if magic != LABEL_MAGIC:
        raise BrokenDataError(f"{name} must start with the IDX header {[LABEL_MAGIC, 'N']}, got {[magic, count]}")
    labels = _read_values(content, name, (count,))
    if int(labels.max()) >= CLASSES:
        raise BrokenDataError(f"{name} must contain only labels from 0 to {CLASSES - 1}, got {int(labels.max())}")
    return labels


def images_file(images: npt.ArrayLike) -> bytes:
    """Return images, (N, 28, 28) uint8, as a raw file, which `check_images` and torchvision read."""
    return _raw_file(IMAGE_MAGIC, images)


def labels_file(labels: npt.ArrayLike) -> bytes:
    """Return labels, (N,) of 0 to 9, as a raw file, which `check_labels` and torchvision read."""
    return _raw_file(LABEL_MAGIC, labels)


def _raw_file(magic: int, values: npt.ArrayLike) -> bytes:
    numbers = np.asarray(values).astype(np.uint8)
    return b"".join(number.to_bytes(4, "big") for number in (magic, *numbers.shape)) + numbers.tobytes()


def _read_header(content: bytearray, dimensions: int) -> list[int]:
    """Return the magic number and the sizes, which are big-endian; missing bytes count as 0."""
    return [int.from_bytes(content[start : start + 4], "big") for start in range(0, 4 + 4 * dimensions, 4)]


def _read_values(content: bytearray, name: object, shape: tuple[int, ...]) -> Bytes:
    expected = IdxFile(str(name), 0, shape, "")
    if shape[0] == 0 or len(content) != expected.size:
        raise BrokenDataError(
            f"{name} must have at least one item, and {expected.size:,} bytes for the {shape[0]:,} items in its "
            f"header; got {len(content):,} bytes"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=expected.header).reshape(shape)
