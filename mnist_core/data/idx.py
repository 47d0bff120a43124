"""The IDX format of http://yann.lecun.com/exdb/mnist: a magic number, the sizes, then bytes; raw or gzipped."""

import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import torch

from mnist_core.constants import CLASSES, SIDE

IMAGE_MAGIC, LABEL_MAGIC = 2051, 2049  # unsigned bytes in three dimensions and in one
MAX_BYTES = 256_000_000  # of one unpacked file; MNIST's largest has 47,040,016
GET_IT = "Download it with: python -m mnist_core data"
MEND_IT = f"Delete it, then: {GET_IT}"


@dataclass(frozen=True)
class IdxFile:
    """One raw file of MNIST: its name, magic number, shape, and the MD5 of the uncompressed bytes."""

    name: str
    magic: int
    shape: tuple[int, ...]
    md5: str

    @property
    def header(self) -> int:
        """The bytes before the values: the magic number and one size a dimension, four bytes each."""
        return 4 + 4 * len(self.shape)

    @property
    def size(self) -> int:
        """The bytes of the whole file."""
        return self.header + torch.Size(self.shape).numel()


class MissingDataError(FileNotFoundError):
    """A raw file is not there; the message says which and how to get it."""


class BrokenDataError(ValueError):
    """A raw file is there, but is not what it must be; the message says what was expected."""


class UnreadableDataError(BrokenDataError):
    """A raw file is there, but cannot be read, so that nobody knows whether it is whole."""


def md5_of(content: bytes | bytearray) -> str:
    """Return the MD5 of some bytes as hexadecimal figures; it tells files apart and guards nothing."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def gz_path(path: Path) -> Path:
    """Return where the gzip archive of a raw file lies: beside it."""
    return path.with_name(path.name + ".gz")


def read_raw(path: Path) -> bytearray:
    """Read a raw file, or its archive where only that is there; returns the unpacked bytes.

    Raises:
        MissingDataError: neither is there.
        UnreadableDataError: the file system refuses.
        BrokenDataError: the archive is damaged or unpacks to more than 256 MB.
    """
    try:
        if not path.exists() and gz_path(path).is_file():
            return gunzip(gz_path(path).read_bytes(), gz_path(path))
        with path.open("rb") as file:  # NOTE: read_bytes would need a second copy, for a tensor that may be written to
            content = bytearray(os.fstat(file.fileno()).st_size)
            del content[file.readinto(content) :]
        return content
    except FileNotFoundError:
        raise MissingDataError(f"MNIST is not complete: {path} is missing. {GET_IT}") from None
    except OSError as error:
        raise UnreadableDataError(f"{path} cannot be read ({error.strerror}); check the folder's permissions") from None


def gunzip(archive: bytes, where: object, most: int = MAX_BYTES) -> bytearray:
    """Unpack a gzip archive of `most` bytes at most; `where` names it in the error."""
    try:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)  # NOTE: 16 asks for gzip's header
        content = bytearray(decompressor.decompress(archive, most + 1))
    except zlib.error:
        raise BrokenDataError(f"{where} must be a gzip archive, got other bytes. {MEND_IT}") from None
    if len(content) > most:
        raise BrokenDataError(f"{where} must unpack to {most:,} bytes at most, got more")
    if not decompressor.eof:
        raise BrokenDataError(f"{where} must be a whole gzip archive, got one cut short. {MEND_IT}")
    return content


def check_published_file(content: bytearray, where: object, expected: IdxFile) -> torch.Tensor:
    """Check a raw file's size, header and MD5 against what is expected; returns uint8 of the expected shape."""
    if len(content) != expected.size:
        raise BrokenDataError(f"{where} must have {expected.size:,} bytes, got {len(content):,}. {MEND_IT}")
    numbers = _header(content, len(expected.shape))
    if numbers != [expected.magic, *expected.shape]:
        raise BrokenDataError(
            f"{where} must start with the IDX header {[expected.magic, *expected.shape]}, got {numbers}. {MEND_IT}"
        )
    if md5_of(content) != expected.md5:
        raise BrokenDataError(f"{where} must have the MD5 sum {expected.md5}, got another. {MEND_IT}")
    return torch.frombuffer(content, dtype=torch.uint8, offset=expected.header).reshape(expected.shape)


def check_images(content: bytearray, where: object) -> torch.Tensor:
    """Check that a raw file holds images of 28 x 28 px, any number of them; returns (N, 28, 28) uint8."""
    magic, count, height, width = _header(content, 3)
    if (magic, height, width) != (IMAGE_MAGIC, SIDE, SIDE):
        raise BrokenDataError(
            f"{where} must start with the IDX header {[IMAGE_MAGIC, 'N', SIDE, SIDE]}, "
            f"got {[magic, count, height, width]}"
        )
    return _values(content, where, (count, SIDE, SIDE))


def check_labels(content: bytearray, where: object) -> torch.Tensor:
    """Check that a raw file holds labels from 0 to 9, any number of them; returns (N,) uint8."""
    magic, count = _header(content, 1)
    if magic != LABEL_MAGIC:
        raise BrokenDataError(f"{where} must start with the IDX header {[LABEL_MAGIC, 'N']}, got {[magic, count]}")
    labels = _values(content, where, (count,))
    if int(labels.max()) >= CLASSES:
        raise BrokenDataError(f"{where} must hold labels from 0 to {CLASSES - 1}, got {int(labels.max())}")
    return labels


def _header(content: bytearray, dimensions: int) -> list[int]:
    """Return the magic number and the sizes, big-endian; what is not there counts as 0."""
    return [int.from_bytes(content[at : at + 4], "big") for at in range(0, 4 + 4 * dimensions, 4)]


def _values(content: bytearray, where: object, shape: tuple[int, ...]) -> torch.Tensor:
    expected = IdxFile(str(where), 0, shape, "")
    if shape[0] == 0 or len(content) != expected.size:
        raise BrokenDataError(
            f"{where} must have {expected.size:,} bytes for the {shape[0]:,} items that it names, and one item at "
            f"least; got {len(content):,}"
        )
    return torch.frombuffer(content, dtype=torch.uint8, offset=expected.header).reshape(shape)
