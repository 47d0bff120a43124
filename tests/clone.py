"""A fresh copy of the repository, as somebody would get it: without what .gitignore names."""

import os
import shutil
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]


def repository_files() -> list[str]:
    """Return the paths of the repository's files, relative to its folder, without those that git ignores."""
    patterns = [".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    files: list[str] = []
    for folder, subfolders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        subfolders[:] = [name for name in subfolders if not _is_ignored((here / name).as_posix(), patterns)]
        files += [path for name in names if not _is_ignored(path := (here / name).as_posix(), patterns)]
    return sorted(files)


def _is_ignored(path: str, patterns: list[str]) -> bool:
    """Tell whether a pattern without wildcards for folders, as .gitignore here has them, matches a path."""
    return any(
        path == pattern.strip("/") if pattern.startswith("/") else fnmatch(Path(path).name, pattern.rstrip("/"))
        for pattern in patterns
    )


def clone(folder: Path) -> Path:
    """Copy the repository into a new folder and return the folder."""
    for name in repository_files():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    return folder
