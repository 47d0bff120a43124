"""Data sets uploaded by users: four files, raw or gzipped, checked and saved in torchvision's layout."""

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from mnist_core.data.catalog import RAW_FILES, TITLES, all_files, check_split, identify_dataset, raw_folder
from mnist_core.data.idx import BrokenDataError, MissingDataError, gunzip, md5_of
from mnist_core.durable_files import sync_file, sync_folder

MAX_UPLOAD_BYTES = 50_000_000  # per file, gzipped or not; MNIST's largest has 47,040,016
FILE_NAME = re.compile(r"(train|t10k|test)[-_. ]*(images|labels)")  # the rest of the name varies between sources
UPLOAD_HINT = "Upload the four files train-images, train-labels, t10k-images and t10k-labels, raw or .gz"


def save_upload(files: Iterable[tuple[str, bytes]], root: Path) -> str:
    """Check four files and save them under a root; nothing is written unless all four are valid.

    Args:
        files: the name and content of each; a name may include folders, and files with other names are ignored.
        root: the folder above MNIST/raw.

    Returns:
        The title of the data set, for display.

    Raises:
        MissingDataError: one of the four files is missing.
        BrokenDataError: a file is too large, damaged, or not what its name says.
        OSError: the folder is not writable.
    """
    uploads = _match_raw_names(files)
    hint = " ".join(str(PurePosixPath(name).parent) for name, _ in uploads.values())
    contents = {raw_name: _unpack(name, content) for raw_name, (name, content) in uploads.items()}
    archives = [md5_of(content) for name, content in uploads.values() if name.endswith(".gz")]
    dataset = identify_dataset(contents, archives, hint)
    for split, pair in RAW_FILES.items():
        names = [file.name for file in pair]
        check_split(dataset, split, [contents[name] for name in names], names)
    _write_all(raw_folder(root, dataset), contents)
    return TITLES[dataset]


def _match_raw_names(files: Iterable[tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """Return the uploaded name and content by torchvision's raw file name; a raw file takes precedence over a .gz."""
    raw_names = {(file.name.split("-")[0], file.name.split("-")[1]): file.name for file in all_files()}
    uploads = {}
    for name, content in sorted(files, key=lambda file: file[0].endswith(".gz"), reverse=True):
        match = FILE_NAME.search(PurePosixPath(name).name.lower())
        if match and len(content) > MAX_UPLOAD_BYTES:
            raise BrokenDataError(f"{name} must have at most {MAX_UPLOAD_BYTES:,} bytes, got {len(content):,}")
        if match:
            uploads[raw_names["train" if match[1] == "train" else "t10k", match[2]]] = (name, content)
    if missing := [raw_name for raw_name in raw_names.values() if raw_name not in uploads]:
        raise MissingDataError(f"{UPLOAD_HINT}; {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    return uploads


def _unpack(name: str, content: bytes) -> bytearray:
    return gunzip(content, name, MAX_UPLOAD_BYTES) if name.endswith(".gz") else bytearray(content)


def _write_all(folder: Path, contents: Mapping[str, bytearray]) -> None:
    """Write all files under temporary names, then rename them, so that a full disk leaves old files unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {folder / name: folder / f"{name}.{secrets.token_hex(4)}.part" for name in contents}
    try:
        for path, part in parts.items():
            part.write_bytes(contents[path.name])
            sync_file(part)
        for path, part in parts.items():
            part.replace(path)
        sync_folder(folder)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
