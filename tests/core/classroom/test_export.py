"""A class as a zip file: read back by a spreadsheet's rules, by Pillow, by our reader and by torchvision."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.classroom.export import RunFigures, class_zip, table
from mnist_core.classroom.store import ClassStore
from mnist_core.data.idx import check_images, check_labels
from mnist_core.data.torchvision_import import import_datasets
from tests.core.classroom.conftest import Clock

ADA, BEN = "a" * 32, "b" * 32
TIME = "2027-01-15 08:00:00"


def image_of(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.uint8)


@pytest.fixture
def exported(store: ClassStore) -> zipfile.ZipFile:
    code = store.open_class("7b", "0" * 32).code
    ada, ben = store.move(store.join(code, ADA, '=HYPERLINK("x")'), "learn", "cnn"), store.join(code, BEN)
    store.answer(ada, "cnn", 2)
    for number, (pupil, digit, answer) in enumerate([(ada, 7, 1), (ben, 3, 3), (ada, 0, 0)]):
        store.hand_in(pupil, digit, image_of(number), answer, 0.5, may_be_shown=number == 1)
    store.enter_run(ben, "cnn-a1b2c3")
    store.enter_run(ben, "mlp-ffffff")
    store.score(ada, "best-run", -0.5, "-1 epoch")
    runs = {"cnn-a1b2c3": RunFigures("cnn", 0.9876543, 12.345)}
    return zipfile.ZipFile(io.BytesIO(class_zip(store, code, runs)))


def rows(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_the_tables_have_what_was_handed_in(exported: zipfile.ZipFile) -> None:
    formula = '\'=HYPERLINK("x")'
    assert rows(exported, "pupils.csv")[1:] == [
        ["1", formula, "learn", "cnn", TIME, TIME],
        ["2", "Pupil 2", "", "", TIME, TIME],
    ]
    assert rows(exported, "answers.csv")[1:] == [["1", formula, "cnn", "2", TIME]]
    assert rows(exported, "drawings.csv")[1:] == [
        ["1", "1", formula, "7", "1", "0.5", "0", TIME],
        ["2", "2", "Pupil 2", "3", "3", "0.5", "1", TIME],
        ["3", "1", formula, "0", "0", "0.5", "0", TIME],
    ]
    assert rows(exported, "scores.csv")[1:] == [["1", formula, "best-run", "-0.5", "'-1 epoch", TIME]]
    assert rows(exported, "runs.csv")[1:] == [
        ["2", "Pupil 2", "cnn-a1b2c3", "cnn", "0.987654", "12.35", TIME],
        ["2", "Pupil 2", "mlp-ffffff", "deleted", "", "", TIME],
    ]
    names = set(exported.namelist())
    assert all(name in exported.read("README.txt").decode() for name in names if name.endswith(".csv"))


def test_the_pictures_are_the_drawings(exported: zipfile.ZipFile) -> None:
    names = [name for name in exported.namelist() if name.startswith("pictures/")]
    assert names == ["pictures/00001-7.png", "pictures/00002-3.png", "pictures/00003-0.png"]
    for number, name in enumerate(names):
        assert (np.asarray(Image.open(io.BytesIO(exported.read(name)))) == image_of(number)).all()


def test_our_reader_and_torchvision_read_the_data_set_back(exported: zipfile.ZipFile, tmp_path: Path) -> None:
    expected, labels = np.stack([image_of(number) for number in range(3)]), [7, 3, 0]
    folder = Path(exported.extract("idx/class-images-idx3-ubyte", tmp_path)).parent
    exported.extract("idx/class-labels-idx1-ubyte", tmp_path)
    content = bytearray((folder / "class-images-idx3-ubyte").read_bytes())
    assert (check_images(content, "images") == expected).all()
    assert check_labels(bytearray((folder / "class-labels-idx1-ubyte").read_bytes()), "labels").tolist() == labels
    import_datasets()
    from torchvision.datasets.mnist import read_image_file, read_label_file

    assert (read_image_file(str(folder / "class-images-idx3-ubyte")).numpy() == expected).all()
    assert read_label_file(str(folder / "class-labels-idx1-ubyte")).tolist() == labels


def test_an_empty_class_has_tables_without_rows_and_no_data_set(store: ClassStore, clock: Clock) -> None:
    archive = zipfile.ZipFile(io.BytesIO(class_zip(store, store.open_class("", ADA).code, {})))
    assert all(len(rows(archive, name)) == 1 for name in archive.namelist() if name.endswith(".csv"))
    assert not [name for name in archive.namelist() if "/" in name]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_text_that_looks_like_a_formula_is_defused(text: str) -> None:
    (_, row) = csv.reader(io.StringIO(table(("name",), [(text,)]).decode("utf-8-sig")))
    assert row == [f"'{text}"]


def test_numbers_and_other_texts_stay_as_they_are() -> None:
    (_, row) = csv.reader(io.StringIO(table(("a", "b", "c"), [(-1.5, 'a=1, "b"', "Ödön")]).decode("utf-8-sig")))
    assert row == ["-1.5", 'a=1, "b"', "Ödön"]
