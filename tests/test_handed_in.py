"""Data sets from a folder or by hand: which one it is, what is refused, and where the files go."""

import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from made import Miniature, idx_bytes

from mnist_core import vision
from mnist_core.data import DIGITS, BrokenDataError, MissingDataError, load_split, require_torchvisions_layout, stamp
from mnist_core.handed_in import MAX_FILE, keep
from mnist_core.idx import md5_of

GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")


@pytest.fixture
def files(miniature: Miniature) -> dict[str, bytes]:
    """The four raw files under their names."""
    return {path.name: path.read_bytes() for path in (miniature.root / "MNIST" / "raw").iterdir()}


@pytest.fixture
def others(files: dict[str, bytes]) -> dict[str, bytes]:
    """Four raw files that are well-formed but not MNIST's: one pixel and one label differ in each."""
    return {name: content[:-1] + bytes([content[-1] ^ 1]) for name, content in files.items()}


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def zipped(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


@pytest.mark.parametrize("pack", [dict, zipped], ids=["raw", "packed"])
@pytest.mark.parametrize("inside", ["", "MNIST/raw"])
def test_a_folder_holds_mnist_directly_or_in_torchvisions_layout_raw_or_packed(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path, pack: type, inside: str
) -> None:
    write(tmp_path / "new" / inside, pack(files))
    for split in (miniature.train, miniature.test):
        found = load_split(split.name, tmp_path / "new")
        assert torch.equal(found.images, split.images) and torch.equal(found.labels, split.labels)
        assert found.source == f"MNIST {split.name} set" and found.classes == DIGITS


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: b"no archive", lambda packed: b""])
def test_a_damaged_archive_is_refused_in_one_sentence(
    files: dict[str, bytes], tmp_path: Path, damage: "pytest.Function"
) -> None:
    write(tmp_path / "new", {name: damage(packed) for name, packed in zipped(files).items()})
    with pytest.raises(BrokenDataError, match=r"\.gz must be a (whole )?gzip archive, got") as refused:
        load_split("train", tmp_path / "new")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("folder", "source", "first"),
    [
        ("FashionMNIST/raw", "Fashion-MNIST test set", "T-shirt/top"),
        ("KMNIST/raw", "KMNIST test set", "o"),
        ("OwnDigits/raw", "Your own test set", "0"),
        ("my-fashion-files", "Fashion-MNIST test set", "T-shirt/top"),
        ("kuzushiji", "KMNIST test set", "o"),
        ("numbers", "Your own test set", "0"),
    ],
)
def test_the_folder_says_which_set_it_holds(
    others: dict[str, bytes], tmp_path: Path, folder: str, source: str, first: str
) -> None:
    write(tmp_path / folder, others)
    root = tmp_path / folder if "/raw" not in folder else tmp_path
    split = load_split("test", root)
    assert split.source == source and split.classes[0] == first and len(split.classes) == 10
    assert split.first(3).classes == split.classes


def test_class_names_are_torchvisions(others: dict[str, bytes], tmp_path: Path) -> None:
    write(tmp_path / "FashionMNIST" / "raw", others)
    assert load_split("test", tmp_path).classes == tuple(vision.import_datasets().FashionMNIST.classes)


def test_archives_are_known_by_torchvisions_sums_whatever_their_folder(
    others: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = zipped(others)
    publish(monkeypatch, packed)
    write(tmp_path / "downloads", packed)
    split = load_split("test", tmp_path / "downloads")
    assert (split.source, split.classes) == ("Fashion-MNIST test set", GARMENTS)
    assert keep(packed.items(), tmp_path / "new") == "Fashion-MNIST"
    assert load_split("train", tmp_path / "new").classes == GARMENTS


def publish(monkeypatch: pytest.MonkeyPatch, packed: dict[str, bytes]) -> None:
    """Let these archives be Fashion-MNIST's."""
    fashion = SimpleNamespace(resources=[(name, md5_of(archive)) for name, archive in packed.items()], classes=GARMENTS)
    stand_in = SimpleNamespace(FashionMNIST=fashion, KMNIST=SimpleNamespace(resources=[("a.gz", "0")], classes=DIGITS))
    monkeypatch.setattr(vision, "import_datasets", lambda: stand_in)


def test_archives_of_several_sets_are_refused(
    others: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = zipped(others)
    publish(monkeypatch, packed)
    packed["t10k-labels-idx1-ubyte.gz"] = gzip.compress(b"another")
    with pytest.raises(BrokenDataError, match="must be of one data set"):
        keep(packed.items(), tmp_path / "new")


def test_mnist_comes_before_the_others_and_the_stamp_tells_when_it_came(
    files: dict[str, bytes], others: dict[str, bytes], tmp_path: Path
) -> None:
    assert stamp(tmp_path) == ()
    write(tmp_path / "KMNIST" / "raw", others)
    before = stamp(tmp_path)
    assert before and load_split("test", tmp_path).source == "KMNIST test set"
    write(tmp_path / "MNIST" / "raw", {name: content for name, content in files.items() if "t10k" in name})
    assert stamp(tmp_path) == before  # half of MNIST does not hide what is whole
    for name, content in files.items():
        (tmp_path / "MNIST" / "raw" / name).write_bytes(content)
    assert stamp(tmp_path) != before and load_split("test", tmp_path).source == "MNIST test set"


def test_torchvisions_own_lines_need_its_layout(miniature: Miniature, files: dict[str, bytes], tmp_path: Path) -> None:
    require_torchvisions_layout(miniature.root)
    write(tmp_path / "direct", files)
    with pytest.raises(MissingDataError, match="torchvision reads .*MNIST/raw/train-images-idx3-ubyte, which is"):
        require_torchvisions_layout(tmp_path / "direct")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda name: name,
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"a folder/{name}",
        lambda name: name.replace("t10k", "test").upper(),
    ],
    ids=["torchvision", "with a dot", "in a folder", "test, in capitals"],
)
@pytest.mark.parametrize("pack", [dict, zipped], ids=["raw", "packed"])
def test_four_files_are_kept_in_torchvisions_layout(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path, pack: type, spelling: "pytest.Function"
) -> None:
    given = {spelling(name) if pack is dict else f"{spelling(name)}.gz": raw for name, raw in files.items()}
    given = {name: gzip.compress(raw) if pack is zipped else raw for name, raw in given.items()}
    assert keep([*given.items(), ("README.txt", b"hello")], tmp_path / "new") == "MNIST"
    require_torchvisions_layout(tmp_path / "new")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert kept == files


@pytest.mark.parametrize(
    ("folder", "title", "place"),
    [("my fashion/", "Fashion-MNIST", "FashionMNIST"), ("kmnist/", "KMNIST", "KMNIST"), ("", "Your own", "OwnDigits")],
)
def test_a_folder_that_is_handed_in_says_by_its_name_what_it_holds(
    others: dict[str, bytes], tmp_path: Path, folder: str, title: str, place: str
) -> None:
    assert keep([(folder + name, content) for name, content in others.items()], tmp_path) == title
    assert len(list((tmp_path / place / "raw").iterdir())) == 4
    assert load_split("train", tmp_path).source == f"{title} train set"


@pytest.mark.parametrize("without", ["t10k-labels-idx1-ubyte", "train-images-idx3-ubyte"])
def test_a_missing_file_is_named(files: dict[str, bytes], tmp_path: Path, without: str) -> None:
    del files[without]
    with pytest.raises(MissingDataError, match=f"Hand in the four files .*; {without} is missing"):
        keep(files.items(), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_all_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="train-images.* and .*t10k-labels.* are missing"):
        keep([("cat.jpg", b"")], tmp_path)


def with_label(label: int) -> bytes:
    return idx_bytes(2049, torch.full((100,), label))


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "cut short": ("train-images-idx3-ubyte", idx_bytes(2051, torch.zeros(400, 28, 28))[:-1], "must have 313,616 bytes"),
    "too large": ("train-images-idx3-ubyte", bytes(MAX_FILE + 1), r"50,000,000 bytes at most, got 50,000,001"),
    "a bomb": (
        "t10k-labels-idx1-ubyte.gz",
        gzip.compress(bytes(MAX_FILE + 1), 1),
        "unpack to 50,000,000 bytes",
    ),
    "other magic": ("t10k-labels-idx1-ubyte", idx_bytes(2050, torch.zeros(100)), r"\[2049, 'N'\], got \[2050, 100\]"),
    "images as labels": ("t10k-labels-idx1-ubyte", idx_bytes(2051, torch.zeros(100, 28, 28)), r"got \[2051, 100\]"),
    "other shape": ("t10k-images-idx3-ubyte", idx_bytes(2051, torch.zeros(100, 14, 56)), r"got \[2051, 100, 14, 56\]"),
    "a letter": ("t10k-labels-idx1-ubyte", with_label(10), "labels from 0 to 9, got 10"),
    "too few labels": ("t10k-labels-idx1-ubyte", idx_bytes(2049, torch.zeros(99)), "each of the 100 images, got 99"),
    "none at all": ("t10k-labels-idx1-ubyte", idx_bytes(2049, torch.zeros(0)), "one item at least; got 8"),
    "empty": ("t10k-labels-idx1-ubyte", b"", r"got \[0, 0\]"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_data_set_is_refused_in_one_sentence_and_nothing_is_written(
    others: dict[str, bytes], tmp_path: Path, case: str
) -> None:
    name, content, reason = REFUSED[case]
    others.pop(name.removesuffix(".gz"))
    with pytest.raises(BrokenDataError, match=reason) as refused:
        keep([*others.items(), (name, content)], tmp_path / "new")
    assert "\n" not in str(refused.value) and name.split("-idx")[0] in str(refused.value)
    assert not (tmp_path / "new").exists()


def test_what_claims_to_be_mnist_must_be_it_to_the_last_bit(
    files: dict[str, bytes], others: dict[str, bytes], tmp_path: Path
) -> None:
    altered = files | {"t10k-images-idx3-ubyte": others["t10k-images-idx3-ubyte"]}
    with pytest.raises(BrokenDataError, match="t10k-images-idx3-ubyte must have the MD5 sum"):
        keep(altered.items(), tmp_path / "new")
    write(tmp_path / "direct", altered)
    with pytest.raises(BrokenDataError, match="t10k-images-idx3-ubyte must have the MD5 sum"):
        load_split("test", tmp_path / "direct")


def test_a_folder_that_cannot_be_written_keeps_what_was_there(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, write_bytes = [], Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        keep(files.items(), tmp_path / "new")
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
