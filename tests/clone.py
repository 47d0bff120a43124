"""A fresh copy of the repository, as somebody would get it: what git tracks or would add, and nothing else."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def repository_files() -> list[str]:
    """Return the paths of the working tree's files, relative to the repository, without those that git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({name for name in listed.split("\0") if (ROOT / name).is_file()})


def clone(folder: Path) -> Path:
    """Copy the repository into a new folder and return the folder."""
    for name in repository_files():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)
    return folder
