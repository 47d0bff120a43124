"""Replace files so that a power loss leaves either the old file or the complete new one, never something between."""

import os
from contextlib import suppress
from pathlib import Path


def replace_durably(unfinished: Path, path: Path) -> None:
    """Move a finished file to its final path, after its content has reached the disk.

    A rename alone may reach the disk before the content does; after a power loss the path then names an empty file.

    Raises:
        OSError: the content cannot be written, for example because the disk is full, or the file cannot be moved.
    """
    sync_file(unfinished)
    unfinished.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the content of a file has reached the disk.

    Raises:
        OSError: the content cannot be written, or there is no such file.
    """
    with path.open("r+b") as file:  # NOTE: Windows syncs only files that are open for writing
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names of a folder's files have reached the disk, where the system can do that; Windows cannot."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
