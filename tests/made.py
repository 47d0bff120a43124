"""Made data for tests that need no MNIST, and the IDX format written by hand."""

import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import torch

from mnist_core.data.split import Split


def made_split(name: str, count: int, seed: int) -> Split:
    """Noise with a bright block whose place is the label: learnable, and nothing like the order of the images."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    images = torch.randint(0, 60, (count, 28, 28), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = 4 + label // 5 * 12, 1 + label % 5 * 5
        image[top : top + 8, left : left + 5] = 230
    return Split(images, labels, name, source=f"made {name} set")


FINISHED_RUN = {  # what a finished run leaves in its folder, whoever started it
    "card.json",
    "config.json",
    "confusion.csv",
    "metrics.csv",
    "model.safetensors",
    "moments",
    "run.json",
    "run.lock",
}


@dataclass(frozen=True)
class Miniature:
    """A folder in torchvision's layout with small but valid raw files, and what is in them."""

    root: Path
    train: Split
    test: Split

    def file(self, name: str) -> Path:
        """Return the path of a raw file by the first letters of its name."""
        (path,) = (self.root / "MNIST" / "raw").glob(f"{name}*")
        return path


def idx_bytes(magic: int, values: torch.Tensor) -> bytes:
    """Write down the IDX format by hand: magic number, sizes, then the bytes; big-endian."""
    header = b"".join(number.to_bytes(4, "big") for number in (magic, *values.shape))
    return header + values.to(torch.uint8).numpy().tobytes()


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a new folder."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def zipped(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the archives of some files, under their names."""
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


NOT_FILES = (make_pipe, link_to_zero, make_folder)  # put something else than a file at a path
