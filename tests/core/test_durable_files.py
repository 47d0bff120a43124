"""A power loss cannot be tried; what can be is the order in which the system is asked."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from mnist_core.durable_files import replace_durably, sync_folder
from tests.syncing import recorded_syncs


def test_the_content_is_synced_before_the_rename_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").write_bytes(b"content")
    with recorded_syncs(monkeypatch) as calls:
        replace_durably(tmp_path / "new", tmp_path / "final")
    assert calls == ["sync new", "replace new final", f"sync {tmp_path.name}"]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("final", b"content")]


def test_a_file_that_cannot_be_synced_replaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "new").write_bytes(b"content")
    (tmp_path / "final").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_durably(tmp_path / "new", tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"old"


def test_a_folder_that_cannot_be_opened_or_synced_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if Path(path) == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))  # as Windows answers
        return open_file(path, *args, **options)

    (tmp_path / "new").write_bytes(b"content")
    monkeypatch.setattr(os, "open", refuse)
    replace_durably(tmp_path / "new", tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"content"
    sync_folder(tmp_path / "none")
