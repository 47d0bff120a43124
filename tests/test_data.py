import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from made import Miniature, idx_bytes

from mnist_core import data, vision
from mnist_core.data import BrokenDataError, IdxFile, MissingDataError, Split, download, load_split


def test_a_split_is_read_as_it_was_written(miniature: Miniature) -> None:
    for name, written in (("train", miniature.train), ("test", miniature.test)):
        split = load_split(name)
        assert split.images.dtype == torch.uint8 and torch.equal(split.images, written.images)
        assert split.labels.dtype == torch.int64 and torch.equal(split.labels, written.labels)
        assert (split.name, len(split)) == (name, len(written)) and name in split.source


def test_the_first_images_of_a_split_share_its_memory(tiny_splits: tuple[Split, Split]) -> None:
    train, _ = tiny_splits
    first = train.first(7)
    assert len(first) == 7 and (first.name, first.source) == (train.name, train.source)
    assert first.images.data_ptr() == train.images.data_ptr()


def test_mnist_is_what_torchvision_reads_item_by_item(mnist: tuple[Split, Split]) -> None:
    for split, train in zip(mnist, (True, False), strict=True):
        oracle = vision.import_datasets().MNIST(str(data.data_root()), train=train)
        assert len(split) == len(oracle) == (60_000 if train else 10_000)
        for index in (0, 1, 4_999, 7_777, len(split) - 1):
            image, label = oracle[index]
            assert list(image.get_flattened_data()) == split.images[index].flatten().tolist()
            assert label == split.labels[index]
        assert torch.equal(oracle.targets, split.labels)


def test_the_root_is_the_environments_or_else_beside_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_ROOT", "/somewhere")
    assert data.data_root() == Path("/somewhere")
    for empty in (lambda: monkeypatch.setenv("MNIST_ROOT", ""), lambda: monkeypatch.delenv("MNIST_ROOT")):
        empty()
        assert data.data_root() == Path(__file__).parent.parent / "data"


def test_a_split_of_another_name_is_refused(miniature: Miniature) -> None:
    with pytest.raises(ValueError, match="^split must be one of train, test, got 'validation'$"):
        load_split("validation")


@pytest.mark.parametrize("name", ["train-images", "train-labels"])
def test_a_missing_file_is_named_with_how_to_get_it(miniature: Miniature, name: str) -> None:
    miniature.file(name).unlink()
    with pytest.raises(MissingDataError, match=f"{name}.*missing.*python -m mnist_core data"):
        load_split("train")
    assert len(load_split("test")) == 100


def test_a_root_without_mnist_is_missing_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        load_split("train", tmp_path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def other_magic(path: Path) -> None:
    path.write_bytes((2050).to_bytes(4, "big") + path.read_bytes()[4:])


def other_count(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4] + (399).to_bytes(4, "big") + content[8:])


def folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[Callable[[Path], None], str] = {
    cut: "bytes, got",
    lengthen: "bytes, got",
    empty: "bytes, got 0",
    flip_a_bit: "MD5",
    other_magic: r"IDX header .*\b20(51|49)\b.*got.*\b2050\b",
    other_count: r"IDX header .*\b400\b.*got.*\b399\b",
    folder_in_place: "cannot be read",
}


@pytest.mark.parametrize("name", ["train-images", "train-labels"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_refused_in_one_sentence(
    miniature: Miniature, name: str, damage: Callable[[Path], None]
) -> None:
    path = miniature.file(name)
    damage(path)
    with pytest.raises(BrokenDataError, match=DAMAGES[damage]) as refused:
        load_split("train")
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_images_of_another_shape_are_refused(miniature: Miniature) -> None:
    miniature.file("train-images").write_bytes(idx_bytes(2051, miniature.train.images.reshape(400, 14, 56)))
    with pytest.raises(BrokenDataError, match=r"\[2051, 400, 28, 28\], got \[2051, 400, 14, 56\]"):
        load_split("train")


def test_a_file_in_place_of_the_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("no folder")
    with pytest.raises(BrokenDataError, match="cannot be read"):
        load_split("train", root)


def mirror(write: Callable[[Path], None]) -> Callable[[], SimpleNamespace]:
    """Stand in for `torchvision.datasets`, whose MNIST writes something into root/MNIST/raw, or fails."""
    return lambda: SimpleNamespace(MNIST=lambda root, train, download: write(Path(root) / "MNIST" / "raw"))


def test_a_download_brings_every_file_and_says_what_it_does(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = miniature.root / "MNIST" / "raw"
    monkeypatch.setattr(
        vision, "import_datasets", mirror(lambda folder: shutil.copytree(source, folder, dirs_exist_ok=True))
    )
    lines: list[str] = []
    download(tmp_path / "new", lines.append)
    assert torch.equal(load_split("train", tmp_path / "new").images, miniature.train.images)
    assert len(lines) == 2 and "training" in lines[0] and "test" in lines[1]


def half_written(error: Exception) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "train-images-idx3-ubyte").write_bytes(b"half of it")
        (folder / "train-images-idx3-ubyte.gz").write_bytes(b"half of it, packed")
        raise error

    return write


ERRORS = [OSError("no route to host"), RuntimeError("Error downloading\nfrom all mirrors"), TimeoutError("timed out")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_download_that_breaks_off_leaves_no_raw_file_that_passes_for_whole(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(vision, "import_datasets", mirror(half_written(error)))
    with pytest.raises(OSError, match="could not be downloaded.*MNIST_ROOT") as failed:
        download(tmp_path / "new")
    assert "\n" not in str(failed.value)
    assert not list((tmp_path / "new").rglob("*-ubyte"))


def test_a_download_that_breaks_off_leaves_nothing_half_written(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "import_datasets", mirror(half_written(OSError("no route to host"))))
    with pytest.raises(OSError):
        download(tmp_path / "new")
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_an_error_without_a_text_is_reported_too(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision, "import_datasets", mirror(half_written(TimeoutError())))
    with pytest.raises(OSError, match="could not be downloaded"):
        download(tmp_path / "new")


def test_a_broken_file_is_removed_before_the_download_and_whole_ones_stay(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(miniature.file("t10k-images"))
    found: list[set[str]] = []
    datasets = mirror(lambda folder: found.append({path.name for path in folder.iterdir()}))
    monkeypatch.setattr(vision, "import_datasets", datasets)
    lines: list[str] = []
    download(miniature.root, lines.append)
    assert found[0] == {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"}
    assert lines[0] == "t10k-images-idx3-ubyte is not whole: removed"
    assert torch.equal(load_split("train").images, miniature.train.images)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OSError, match="must be a folder that can be written; set MNIST_ROOT"):
        download(tmp_path / "new")


@pytest.mark.parametrize("blocked", ["", "MNIST", "MNIST/raw"])
def test_a_file_in_place_of_the_folder_fails_the_download_in_one_sentence(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocked: str
) -> None:
    monkeypatch.setattr(vision, "import_datasets", mirror(lambda folder: None))
    path = tmp_path / "new" / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no folder")
    with pytest.raises(OSError) as failed:
        download(tmp_path / "new")
    if "MNIST_ROOT" not in str(failed.value):
        raise failed.value
    assert path.read_text() == "no folder"


def test_a_file_that_may_not_be_read_is_not_deleted(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    path = miniature.file("train-images")
    read = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(vision, "import_datasets", mirror(lambda folder: None))
    try:
        download(miniature.root)
    except OSError:
        pass
    assert path.is_file()


def test_the_files_are_described_as_mnist_publishes_them() -> None:
    assert [file.shape for file in data.RAW_FILES["train"]] == [(60_000, 28, 28), (60_000,)]
    assert [file.shape for file in data.RAW_FILES["test"]] == [(10_000, 28, 28), (10_000,)]
    files: list[IdxFile] = [file for pair in data.RAW_FILES.values() for file in pair]
    assert [file.name for file in files] == [
        path.removesuffix(".gz") for path, _ in vision.import_datasets().MNIST.resources
    ]
