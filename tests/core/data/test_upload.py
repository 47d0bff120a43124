"""Uploaded data sets: how they are identified, what is refused, and where the files are saved."""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.data import torchvision_import
from mnist_core.data.idx import md5_of
from mnist_core.data.split import DIGITS, BrokenDataError, MissingDataError, load_split, require_torchvision_layout
from mnist_core.data.upload import MAX_UPLOAD_BYTES, save_upload
from tests.made import Miniature, idx_bytes, write, zipped
from tests.syncing import recorded_syncs

GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")


def test_archives_are_identified_by_torchvisions_md5_sums_in_any_folder(
    others: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = zipped(others)
    publish(monkeypatch, packed)
    write(tmp_path / "downloads", packed)
    split = load_split("test", tmp_path / "downloads")
    assert (split.source, split.classes) == ("Fashion-MNIST test set", GARMENTS)
    assert save_upload(packed.items(), tmp_path / "new") == "Fashion-MNIST"
    assert load_split("train", tmp_path / "new").classes == GARMENTS


def publish(monkeypatch: pytest.MonkeyPatch, packed: dict[str, bytes]) -> None:
    """Let these archives be Fashion-MNIST's."""
    fashion = SimpleNamespace(resources=[(name, md5_of(archive)) for name, archive in packed.items()], classes=GARMENTS)
    stand_in = SimpleNamespace(FashionMNIST=fashion, KMNIST=SimpleNamespace(resources=[("a.gz", "0")], classes=DIGITS))
    monkeypatch.setattr(torchvision_import, "import_datasets", lambda: stand_in)


def test_archives_of_several_data_sets_are_refused(
    others: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = zipped(others)
    publish(monkeypatch, packed)
    packed["t10k-labels-idx1-ubyte.gz"] = gzip.compress(b"another")
    with pytest.raises(BrokenDataError, match="must belong to one data set"):
        save_upload(packed.items(), tmp_path / "new")


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
def test_four_files_are_saved_in_torchvisions_layout(
    miniature: Miniature, files: dict[str, bytes], tmp_path: Path, pack: type, spelling: Callable[[str], str]
) -> None:
    given = {spelling(name) if pack is dict else f"{spelling(name)}.gz": raw for name, raw in files.items()}
    given = {name: gzip.compress(raw) if pack is zipped else raw for name, raw in given.items()}
    assert save_upload([*given.items(), ("README.txt", b"hello")], tmp_path / "new") == "MNIST"
    require_torchvision_layout(tmp_path / "new")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert kept == files


@pytest.mark.parametrize(
    ("folder", "title", "place"),
    [("my fashion/", "Fashion-MNIST", "FashionMNIST"), ("kmnist/", "KMNIST", "KMNIST"), ("", "Your own", "OwnDigits")],
)
def test_the_name_of_an_uploaded_folder_identifies_the_data_set(
    others: dict[str, bytes], tmp_path: Path, folder: str, title: str, place: str
) -> None:
    assert save_upload([(folder + name, content) for name, content in others.items()], tmp_path) == title
    assert len(list((tmp_path / place / "raw").iterdir())) == 4
    assert load_split("train", tmp_path).source == f"{title} train set"


@pytest.mark.parametrize("without", ["t10k-labels-idx1-ubyte", "train-images-idx3-ubyte"])
def test_a_missing_file_is_named(files: dict[str, bytes], tmp_path: Path, without: str) -> None:
    del files[without]
    with pytest.raises(MissingDataError, match=f"Upload the four files .*; {without} is missing"):
        save_upload(files.items(), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_all_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="train-images.* and .*t10k-labels.* are missing"):
        save_upload([("cat.jpg", b"")], tmp_path)


def with_label(label: int) -> bytes:
    return idx_bytes(2049, torch.full((100,), label))


UPLOAD_NAMES = [
    f"{folder}{name}{end}"
    for folder in ("", "../..\\", "a/")
    for name in ("train-images", "train_labels", "t10k images", "test.labels", "train-images-idx3-ubyte", "other", "")
    for end in ("", ".gz", "\0")
]
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "cut short": (
        "train-images-idx3-ubyte",
        idx_bytes(2051, torch.zeros(400, 28, 28))[:-1],
        "313,616 bytes for the 400 items",
    ),
    "too large": ("train-images-idx3-ubyte", bytes(MAX_UPLOAD_BYTES + 1), "at most 50,000,000 bytes, got 50,000,001"),
    "a bomb": (
        "t10k-labels-idx1-ubyte.gz",
        gzip.compress(bytes(MAX_UPLOAD_BYTES + 1), 1),
        "unpack to at most 50,000,000 bytes",
    ),
    "other magic": ("t10k-labels-idx1-ubyte", idx_bytes(2050, torch.zeros(100)), r"\[2049, 'N'\], got \[2050, 100\]"),
    "images as labels": ("t10k-labels-idx1-ubyte", idx_bytes(2051, torch.zeros(100, 28, 28)), r"got \[2051, 100\]"),
    "other shape": ("t10k-images-idx3-ubyte", idx_bytes(2051, torch.zeros(100, 14, 56)), r"got \[2051, 100, 14, 56\]"),
    "a letter": ("t10k-labels-idx1-ubyte", with_label(10), "labels from 0 to 9, got 10"),
    "too few labels": ("t10k-labels-idx1-ubyte", idx_bytes(2049, torch.zeros(99)), "each of the 100 images, got 99"),
    "none at all": ("t10k-labels-idx1-ubyte", idx_bytes(2049, torch.zeros(0)), "at least one item, .* got 8 bytes"),
    "empty": ("t10k-labels-idx1-ubyte", b"", r"got \[0, 0\]"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_files_are_refused_in_one_sentence_and_nothing_is_written(
    others: dict[str, bytes], tmp_path: Path, case: str
) -> None:
    name, content, reason = REFUSED[case]
    others.pop(name.removesuffix(".gz"))
    with pytest.raises(BrokenDataError, match=reason) as refused:
        save_upload([*others.items(), (name, content)], tmp_path / "new")
    assert "\n" not in str(refused.value) and name.split("-idx")[0] in str(refused.value)
    assert not (tmp_path / "new").exists()


def test_one_altered_bit_in_mnist_is_refused(files: dict[str, bytes], others: dict[str, bytes], tmp_path: Path) -> None:
    altered = files | {"t10k-images-idx3-ubyte": others["t10k-images-idx3-ubyte"]}
    with pytest.raises(BrokenDataError, match="t10k-images-idx3-ubyte must have the MD5 sum"):
        save_upload(altered.items(), tmp_path / "new")
    write(tmp_path / "direct", altered)
    with pytest.raises(BrokenDataError, match="t10k-images-idx3-ubyte must have the MD5 sum"):
        load_split("test", tmp_path / "direct")


def test_a_full_disk_leaves_no_files_behind(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write_bytes = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        save_upload(files.items(), tmp_path / "new")
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_all_files_reach_the_disk_before_the_first_gets_its_name(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded_syncs(monkeypatch) as calls:
        save_upload(files.items(), tmp_path / "new")
    assert [call.split()[0] for call in calls] == ["sync"] * 4 + ["replace"] * 4 + ["sync"]
    assert calls[-1] == "sync raw" and all(call.endswith(".part") for call in calls[:4])


@given(st.lists(st.tuples(st.sampled_from(UPLOAD_NAMES), st.binary(max_size=60)), max_size=8))
def test_any_files_are_refused_in_one_line_and_leave_nothing(uploads: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises((BrokenDataError, MissingDataError), match=r"^[^\n]+$"):
            save_upload(uploads, Path(folder) / "new")
        assert not list(Path(folder).iterdir())
