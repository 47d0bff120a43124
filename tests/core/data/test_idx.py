"""The IDX format, checked against bytes written by hand and Python's gzip and hashlib."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.data.idx import (
    BrokenDataError,
    IdxFile,
    MissingDataError,
    UnreadableDataError,
    check_images,
    check_labels,
    check_published_file,
    gunzip,
    gz_path,
    images_file,
    labels_file,
    md5_of,
    read_raw,
)
from tests.made import idx_bytes


@given(st.binary(max_size=200))
def test_gunzip_undoes_gzip(content: bytes) -> None:
    assert gunzip(gzip.compress(content), "a.gz", max_bytes=200) == content


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_truncated_archive_is_refused(content: bytes, data: st.DataObject) -> None:
    archive = gzip.compress(content)
    with pytest.raises(BrokenDataError, match=r"^a\.gz must be a complete gzip archive"):
        gunzip(archive[: data.draw(st.integers(0, len(archive) - 1))], "a.gz")


@pytest.mark.parametrize("excess", [0, 1])
def test_the_size_of_an_unpacked_archive_is_limited(excess: int) -> None:
    archive = gzip.compress(bytes(100 + excess))
    if excess:
        with pytest.raises(BrokenDataError, match=r"^a\.gz must unpack to at most 100 bytes"):
            gunzip(archive, "a.gz", max_bytes=100)
    else:
        assert gunzip(archive, "a.gz", max_bytes=100) == bytes(100)


@given(st.binary(max_size=50))
def test_md5_of_is_hashlibs(content: bytes) -> None:
    assert md5_of(content) == md5_of(bytearray(content)) == hashlib.md5(content).hexdigest()


def test_a_raw_file_takes_precedence_over_its_archive(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    with pytest.raises(MissingDataError, match="labels is missing"):
        read_raw(path)
    gz_path(path).write_bytes(gzip.compress(b"packed"))
    assert gz_path(path).name == "labels.gz" and read_raw(path) == b"packed"
    path.write_bytes(b"raw")
    assert read_raw(path) == b"raw"


@given(st.integers(1, 4), st.integers(0, 2**31))
def test_images_and_labels_are_read_back(count: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 10, (count,), generator=generator, dtype=torch.uint8)
    for check, magic, values in ((check_images, 2051, images), (check_labels, 2049, labels)):
        content = bytearray(idx_bytes(magic, values))
        assert np.array_equal(check(content, "file"), values)
        published = IdxFile("file", magic, tuple(values.shape), hashlib.md5(content).hexdigest())
        assert (published.size, published.header) == (len(content), 16 if magic == 2051 else 8)
        assert np.array_equal(check_published_file(content, "file", published), values)


@given(st.integers(0, 8 + 8 + 784 - 1))
def test_one_flipped_bit_in_a_published_file_is_refused(at: int) -> None:
    content = bytearray(idx_bytes(2051, torch.zeros(1, 28, 28)))
    published = IdxFile("file", 2051, (1, 28, 28), md5_of(content))
    content[at] ^= 1
    with pytest.raises(BrokenDataError, match="IDX header" if at < 16 else "MD5 sum"):
        check_published_file(content, "file", published)


@pytest.mark.parametrize("label", [10, 255])
def test_a_label_above_9_is_refused(label: int) -> None:
    with pytest.raises(BrokenDataError, match=f"^file must contain only labels from 0 to 9, got {label}$"):
        check_labels(bytearray(idx_bytes(2049, torch.tensor([3, label]))), "file")


def test_what_is_no_file_is_not_read_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "packed.gz").symlink_to("/dev/zero")
    for name in ("pipe", "zero", "packed"):
        with pytest.raises((UnreadableDataError, MissingDataError), match=r"^[^\n]+$"):
            read_raw(tmp_path / name)


@pytest.mark.parametrize("name", ["labels", "labels.gz"])
def test_a_raw_file_above_the_limit_is_refused_unread(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(10**10)  # a file with holes
    with pytest.raises(BrokenDataError, match="at most 256,000,000 bytes, got 10,000,000,000"):
        read_raw(tmp_path / "labels")


@given(st.binary(max_size=60), st.integers(0, 100))
def test_any_bytes_are_no_archive_or_unpack_within_the_limit(content: bytes, limit: int) -> None:
    for archive in (content, b"\x1f\x8b\x08" + content, gzip.compress(content), gzip.compress(content) + content):
        try:
            assert len(gunzip(archive, "a.gz", limit)) <= limit
        except BrokenDataError as error:
            assert "\n" not in str(error) and str(error).startswith("a.gz must")


@given(st.binary(max_size=40), st.sampled_from([2051, 2049, 0]), st.integers(0, 2**32 - 1))
def test_any_bytes_are_images_and_labels_in_bounds_or_refused(rest: bytes, magic: int, count: int) -> None:
    for content in (rest, magic.to_bytes(4, "big") + count.to_bytes(4, "big") + rest):
        for check in (check_images, check_labels):
            try:
                values = check(bytearray(content), "file")
            except BrokenDataError as error:
                assert "\n" not in str(error) and str(error).startswith("file must")
            else:
                assert check is check_labels and values.max() <= 9 and 0 < len(values) <= len(content)


def test_a_raw_file_is_written_as_it_is_read() -> None:
    images, labels = torch.arange(3 * 784).reshape(3, 28, 28).to(torch.uint8), torch.tensor([7, 0, 9])
    assert images_file(images) == idx_bytes(2051, images) and labels_file(labels) == idx_bytes(2049, labels)
    assert np.array_equal(check_images(bytearray(images_file(images)), "images"), images)
    assert check_labels(bytearray(labels_file(labels)), "labels").tolist() == labels.tolist()
