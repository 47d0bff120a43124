"""Which data set a folder contains: MNIST, Fashion-MNIST, KMNIST or the user's own digits.

All use torchvision's layout, ROOT/NAME/raw/*-ubyte. A folder that contains the four files directly also works.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_core.data.idx import (
    IMAGE_MAGIC,
    LABEL_MAGIC,
    BrokenDataError,
    Bytes,
    IdxFile,
    check_images,
    check_labels,
    check_published_file,
    gz_path,
    md5_of,
    read_bounded,
    read_raw,
)

DIGITS = tuple(str(digit) for digit in range(10))
MNIST, FASHION, KMNIST, OWN = "MNIST", "FashionMNIST", "KMNIST", "OwnDigits"  # folder names, in search order
TITLES = {MNIST: "MNIST", FASHION: "Fashion-MNIST", KMNIST: "KMNIST", OWN: "Your own"}
KEYWORDS = {"fashion": FASHION, "kmnist": KMNIST, "kuzushiji": KMNIST}  # a folder's name may contain them

# MD5 sums by md5sum, of the four files as torchvision unpacks them.
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
    """Return MNIST's four files, the training set's first; the other data sets use the same names."""
    return tuple(file for files in RAW_FILES.values() for file in files)


def raw_folder(root: Path, dataset: str = MNIST) -> Path:
    """Return the folder of a data set's raw files under a root, in torchvision's layout."""
    return root / dataset / "raw"


@dataclass(frozen=True)
class DataFolder:
    """A folder with a data set's files.

    Attributes:
        folder: the folder that contains the files.
        expected: the data set that the layout implies, or "" when only the files can tell.
    """

    folder: Path
    expected: str

    def present(self) -> tuple[Path, ...]:
        """Return those of the four files that exist, or else their archives."""
        raw = [self.folder / file.name for file in all_files()]
        return tuple(
            path if _exists(path) else gz_path(path) for path in raw if _exists(path) or _exists(gz_path(path))
        )

    def dataset(self) -> str:
        """Return the data set's name. If the layout does not imply it, MD5 sums or else the folder's name decide."""
        if self.expected:
            return self.expected
        paths = self.present()
        contents = {name: read_raw(self.folder / name) for name in (path.name.removesuffix(".gz") for path in paths)}
        archives = [md5_of(read_bounded(path)) for path in paths if path.suffix == ".gz"]
        return identify_dataset(contents, archives, self.folder.name)


def find_data_folder(root: Path) -> DataFolder:
    """Return the folder of the first complete data set under a root.

    If none is complete, return the first folder with at least one of the files, or else the folder for MNIST.
    """
    folders = [DataFolder(raw_folder(root, dataset), dataset) for dataset in TITLES] + [DataFolder(root, "")]
    return max(folders, key=lambda folder: len(folder.present()) // len(all_files()) or bool(folder.present()) / 2)


def identify_dataset(contents: Mapping[str, bytearray], archives: Iterable[str], hint: str) -> str:
    """Return which data set the given files belong to.

    Args:
        contents: unpacked bytes by raw file name. If any file is MNIST's, all are expected to be MNIST's.
        archives: the MD5 sums of the .gz files; torchvision lists those of Fashion-MNIST and KMNIST.
        hint: a folder name, which decides when no MD5 sum is known.

    Raises:
        BrokenDataError: the archives belong to more than one data set.
    """
    if any(md5_of(contents[file.name]) == file.md5 for file in all_files() if file.name in contents):
        return MNIST
    guess = next((dataset for word, dataset in KEYWORDS.items() if word in hint.lower()), OWN)
    known_sums = _published_sums() if (sums := list(archives)) else {}
    datasets = {known_sums.get(md5, "") for md5 in sums}
    if len(datasets) > 1:
        raise BrokenDataError("The four files must belong to one data set, got files of several, or a damaged file")
    return datasets.pop() or guess if datasets else guess


def check_split(
    dataset: str, split: str, contents: Sequence[bytearray], names: Sequence[object]
) -> tuple[Bytes, Bytes]:
    """Check a split's two files, images first: MNIST's by MD5 sum, those of any other data set by format.

    Args:
        dataset: the data set that they should belong to.
        split: "train" or "test".
        contents: the unpacked bytes of both files.
        names: how errors refer to the files.

    Returns:
        The images, (N, 28, 28) uint8, and the labels, (N,) uint8 in 0 to 9.

    Raises:
        BrokenDataError: a file is damaged or belongs to another data set.
    """
    if dataset == MNIST:
        images, labels = map(check_published_file, contents, names, RAW_FILES[split])
        return images, labels
    images, labels = check_images(contents[0], names[0]), check_labels(contents[1], names[1])
    if len(images) != len(labels):
        raise BrokenDataError(
            f"{names[1]} must have one label for each of the {len(images):,} images, got {len(labels):,}"
        )
    return images, labels


@dataclass(frozen=True)
class RawSplit:
    """A split as its files have it, without PyTorch.

    Attributes:
        images: (N, 28, 28) uint8, 0 for paper and 255 for ink.
        labels: (N,) uint8 in 0 to 9.
        dataset: the name of the data set that it belongs to.
        source: where the images came from, for display.
    """

    images: Bytes
    labels: Bytes
    dataset: str
    source: str


def read_split(name: str, root: Path) -> RawSplit:
    """Read a split and verify it; see `load_split` in `split`, which makes tensors of it."""
    if name not in RAW_FILES:
        raise ValueError(f"split must be one of {', '.join(RAW_FILES)}, got {name!r}")
    found = find_data_folder(root)
    dataset = found.dataset()
    paths = [found.folder / file.name for file in RAW_FILES[name]]
    images, labels = check_split(dataset, name, [read_raw(path) for path in paths], paths)
    return RawSplit(images, labels, dataset, f"{TITLES[dataset]} {name} set")


def class_names(dataset: str) -> tuple[str, ...]:
    """Return the names of a data set's ten classes: "0" to "9" for digits, otherwise torchvision's names."""
    if dataset not in (FASHION, KMNIST):
        return DIGITS
    from mnist_core.data.torchvision_import import import_datasets

    return tuple(getattr(import_datasets(), dataset).classes)


def _published_sums() -> dict[str, str]:
    """Return the data set of each .gz file that torchvision knows, by MD5 sum."""
    from mnist_core.data.torchvision_import import import_datasets

    datasets = import_datasets()
    return {md5: dataset for dataset in (FASHION, KMNIST) for _, md5 in getattr(datasets, dataset).resources}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # unknown; reading the file will raise a clear error
