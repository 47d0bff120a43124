import errno
import os
import threading
from pathlib import Path

import pytest

from mnist_core.regular_files import read_regular


def test_a_regular_file_is_read_whole_also_through_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(bytes(range(256)))
    link.symlink_to(path)
    assert read_regular(path, 256) == read_regular(link, 256) == path.read_bytes()


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(257))
    with pytest.raises(OSError, match="at most 256 bytes, got 257") as refused:
        read_regular(path, 256)
    assert refused.value.errno == errno.EFBIG


def test_a_device_without_an_end_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")
    for path in (link, Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError) as refused:
            read_regular(path, 100)
        assert refused.value.errno in (errno.EINVAL, errno.EISDIR)


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    errors: list[OSError] = []

    def read() -> None:
        try:
            read_regular(pipe, 100)
        except OSError as error:
            errors.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(5)
    assert not reader.is_alive() and errors[0].errno == errno.EINVAL


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none", 100)
