"""Record what is synced to the disk and what is renamed, in order."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def recorded_syncs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give the list of calls: "sync NAME" for a file or folder, "replace NAME NAME" for a rename."""
    calls: list[str] = []
    sync, replace = os.fsync, Path.replace

    def record_sync(descriptor: int) -> None:
        calls.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def record_replace(self: Path, target: Path) -> Path:
        calls.append(f"replace {self.name} {Path(target).name}")
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", record_sync)
        patched.setattr(Path, "replace", record_replace)
        yield calls
