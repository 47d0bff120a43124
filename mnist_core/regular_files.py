"""Read files whose path a stranger may have chosen: regular files only, and no more bytes than a limit."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def open_regular(path: Path, max_bytes: int) -> Iterator[BinaryIO]:
    """Open a regular file for reading, after a look at what it is and how large.

    A device, such as /dev/zero, may have no end, and opening a named pipe may wait for ever: neither is read. A link is
    followed to what it names.

    Args:
        path: the file.
        max_bytes: the maximum size of its content.

    Raises:
        OSError: there is no such file, it is not regular (EINVAL), it is too large (EFBIG), or it cannot be read.
    """
    # NOTE: without O_NONBLOCK, opening a named pipe waits for a writer. Windows knows neither.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it must be a regular file, got a device, a pipe or a folder", str(path))
        if status.st_size > max_bytes:
            size = f"it must have at most {max_bytes:,} bytes, got {status.st_size:,}"
            raise OSError(errno.EFBIG, size, str(path))
        yield file


def read_regular(path: Path, max_bytes: int) -> bytearray:
    """Return the content of a regular file, see `open_regular`.

    Raises:
        OSError: there is no such file, it is not regular (EINVAL), it is too large (EFBIG), or it cannot be read.
    """
    with open_regular(path, max_bytes) as file:
        content = bytearray(os.fstat(file.fileno()).st_size)  # NOTE: writable, for torch.frombuffer
        del content[file.readinto(content) :]  # type: ignore[attr-defined]
    return content
