"""Which data set lies where: MNIST, its two relatives that torchvision knows, or digits of your own.

Each has torchvision's layout, ROOT/NAME/raw/*-ubyte; a folder that holds the four files directly will do too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mnist_core.data.idx import (
    IMAGE_MAGIC,
    LABEL_MAGIC,
    BrokenDataError,
    IdxFile,
    check_images,
    check_labels,
    check_published_file,
    gz_path,
    md5_of,
    read_raw,
)

DIGITS = tuple(str(digit) for digit in range(10))
MNIST, FASHION, KMNIST, OWN = "MNIST", "FashionMNIST", "KMNIST", "OwnDigits"  # folders; the first found is taken
TITLES = {MNIST: "MNIST", FASHION: "Fashion-MNIST", KMNIST: "KMNIST", OWN: "Your own"}
HINTS = {"fashion": FASHION, "kmnist": KMNIST, "kuzushiji": KMNIST}  # in a folder's name

# MD5 sums taken with md5sum from the four files that torchvision unpacks.
RAW_FILES = {
    "train": (
        IdxFile("train-images-idx3-ubyte", IMAGE_MAGIC, (60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
        IdxFile("train-labels-idx1-ubyte", LABEL_MAGIC, (60_000,), "a25bea736e30d166cdddb491f175f624"),
    ),
    "test": (
        IdxFile("t10k-images-idx3-ubyte", IMAGE_MAGIC, (10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
        IdxFile("t10k-labels-idx1-ubyte", LABEL_MAGIC, (10_000,), "27ae3e4e09519cfbb04c329615203637"),
    ),
}


def all_files() -> tuple[IdxFile, ...]:
    """Return MNIST's four files, the training set's first; the other sets' bear the same names."""
    return tuple(file for files in RAW_FILES.values() for file in files)


def raw_folder(root: Path, kind: str = MNIST) -> Path:
    """Return the folder of a set's raw files under a root, in torchvision's layout."""
    return root / kind / "raw"


@dataclass(frozen=True)
class DataFolder:
    """The folder that holds a data set's files, and which set it claims to be; "" where only the files can tell."""

    folder: Path
    claim: str

    def present(self) -> tuple[Path, ...]:
        """Return the four files, or their archives, as far as they are there."""
        raw = [self.folder / file.name for file in all_files()]
        return tuple(
            path if _exists(path) else gz_path(path) for path in raw if _exists(path) or _exists(gz_path(path))
        )

    def kind(self) -> str:
        """Return which set it is, asking the files where the folder does not say; the files' MD5 is what decides."""
        if self.claim:
            return self.claim
        here = self.present()
        contents = {name: read_raw(self.folder / name) for name in (path.name.removesuffix(".gz") for path in here)}
        archives = [md5_of(path.read_bytes()) for path in here if path.suffix == ".gz"]
        return identify_dataset(contents, archives, self.folder.name)


def find_data_folder(root: Path) -> DataFolder:
    """Return the first set under a root that is complete, else the first that has a file, else where MNIST belongs."""
    places = [DataFolder(raw_folder(root, kind), kind) for kind in TITLES] + [DataFolder(root, "")]
    return max(places, key=lambda place: len(place.present()) // len(all_files()) or bool(place.present()) / 2)


def identify_dataset(contents: Mapping[str, bytearray], archives: Iterable[str], hint: str) -> str:
    """Return which set some files are.

    Args:
        contents: unpacked bytes under the raw files' names. One that is MNIST's makes all of them claim to be MNIST's.
        archives: the MD5 sums of those that came packed; torchvision's table knows the other sets by these.
        hint: a folder's name, which decides where no sum is known.

    Raises:
        BrokenDataError: the archives are of more than one set.
    """
    if any(md5_of(contents[file.name]) == file.md5 for file in all_files() if file.name in contents):
        return MNIST
    named = next((kind for word, kind in HINTS.items() if word in hint.lower()), OWN)
    published = _published() if (sums := list(archives)) else {}
    kinds = {published.get(md5, "") for md5 in sums}
    if len(kinds) > 1:
        raise BrokenDataError("The four files must be of one data set, got files of several, or a damaged one")
    return kinds.pop() or named if kinds else named


def check_split(
    kind: str, name: str, contents: Sequence[bytearray], where: Sequence[object]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Check a split's two files, images first: what claims to be MNIST by its MD5, any other set by its form.

    Args:
        kind: which set they claim to be.
        name: "train" or "test".
        contents: the unpacked bytes of both.
        where: what the errors call them.

    Returns:
        the images, (N, 28, 28) uint8, and the labels, (N,) uint8 in 0 to 9.

    Raises:
        BrokenDataError: one is not what it must be.
    """
    if kind == MNIST:
        images, labels = map(check_published_file, contents, where, RAW_FILES[name])
        return images, labels
    images, labels = check_images(contents[0], where[0]), check_labels(contents[1], where[1])
    if len(images) != len(labels):
        raise BrokenDataError(
            f"{where[1]} must hold a label for each of the {len(images):,} images, got {len(labels):,}"
        )
    return images, labels


def class_names(kind: str) -> tuple[str, ...]:
    """Return what a set's ten labels are called; digits are called by their figures."""
    if kind not in (FASHION, KMNIST):
        return DIGITS
    from mnist_core.data.torchvision_import import import_datasets

    return tuple(getattr(import_datasets(), kind).classes)


def _published() -> dict[str, str]:
    """Return which set an archive belongs to, by its MD5."""
    from mnist_core.data.torchvision_import import import_datasets

    datasets = import_datasets()
    return {md5: kind for kind in (FASHION, KMNIST) for _, md5 in getattr(datasets, kind).resources}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # it is there, as far as anybody knows; reading it says what is wrong
