"""A data set that a user hands in: four files, raw or packed, checked and put into torchvision's layout."""

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from mnist_core.data.catalog import RAW_FILES, TITLES, all_files, check_split, identify_dataset, raw_folder
from mnist_core.data.idx import BrokenDataError, MissingDataError, gunzip, md5_of

MAX_FILE = 50_000_000  # bytes of one file, packed or not; MNIST's largest has 47,040,016
NAME = re.compile(r"(train|t10k|test)[-_. ]*(images|labels)")  # the sites that offer them spell the rest in many ways
HOW = "Hand in the four files train-images, train-labels, t10k-images and t10k-labels, raw or .gz"


def save_upload(files: Iterable[tuple[str, bytes]], root: Path) -> str:
    """Check four files and put them under a root; nothing is written unless all four are good.

    Args:
        files: each with its name, which may have a folder's before it; other files among them are passed over.
        root: the folder above MNIST/raw.

    Returns:
        which data set they are, for people to read.

    Raises:
        MissingDataError: one of the four is not among them.
        BrokenDataError: one is too large, damaged, or not what its name says.
        OSError: the folder cannot be written.
    """
    given = _by_place(files)
    hint = " ".join(str(PurePosixPath(name).parent) for name, _ in given.values())
    contents = {place: _plain(name, content) for place, (name, content) in given.items()}
    archives = [md5_of(content) for name, content in given.values() if name.endswith(".gz")]
    kind = identify_dataset(contents, archives, hint)
    for split, pair in RAW_FILES.items():
        names = [file.name for file in pair]
        check_split(kind, split, [contents[name] for name in names], names)
    _write(raw_folder(root, kind), contents)
    return TITLES[kind]


def _by_place(files: Iterable[tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """Return the files under the names that torchvision gives them, a raw file before its archive."""
    places = {(file.name.split("-")[0], file.name.split("-")[1]): file.name for file in all_files()}
    given = {}
    for name, content in sorted(files, key=lambda file: file[0].endswith(".gz"), reverse=True):
        found = NAME.search(PurePosixPath(name).name.lower())
        if found and len(content) > MAX_FILE:
            raise BrokenDataError(f"{name} must have {MAX_FILE:,} bytes at most, got {len(content):,}")
        if found:
            given[places["train" if found[1] == "train" else "t10k", found[2]]] = (name, content)
    if missing := [place for place in places.values() if place not in given]:
        raise MissingDataError(f"{HOW}; {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    return given


def _plain(name: str, content: bytes) -> bytearray:
    return gunzip(content, name, MAX_FILE) if name.endswith(".gz") else bytearray(content)


def _write(folder: Path, contents: Mapping[str, bytearray]) -> None:
    """Write all files beside where they belong, then give all of them their names."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {folder / name: folder / f"{name}.{secrets.token_hex(4)}.part" for name in contents}
    try:
        for path, part in parts.items():
            part.write_bytes(contents[path.name])
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
