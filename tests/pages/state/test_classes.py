"""The classes of the process: old ones go, and a file that cannot be used stops nothing else."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app_pages.state import classes
from mnist_core.classroom.database import FILE
from mnist_core.classroom.records import StorageError
from mnist_core.paths import classes_root


def test_old_classes_are_deleted_and_no_file_is_made_for_that(caplog: pytest.LogCaptureFixture) -> None:
    classes.delete_old_classes()
    assert not classes_root().exists() and not classes.is_there_a_file()
    store = classes.class_store()
    old = store.open_class("", "t").code
    with closing(sqlite3.connect(classes_root() / FILE)) as file, file:
        file.execute("UPDATE classes SET opened_at = opened_at - 31 * 86400")
    new = store.open_class("", "t").code
    with caplog.at_level(logging.INFO):
        classes.delete_old_classes()
    assert store.find(old) is None and store.find(new) is not None and "1 old classes" in caplog.text
    assert classes.version_of(old) is None and classes.version_of(new) is not None


def test_a_damaged_file_is_logged_and_has_no_classes(caplog: pytest.LogCaptureFixture) -> None:
    classes_root().mkdir(parents=True)
    Path(classes_root() / FILE).write_bytes(b"nothing of the kind" * 100)
    with caplog.at_level(logging.ERROR):
        classes.delete_old_classes()
    assert "old classes could not be deleted" in caplog.text and "is damaged or not a file of classes" in caplog.text
    assert classes.version_of("BCDFHJ") is None
    with pytest.raises(StorageError):
        classes.class_store()
    (classes_root() / FILE).unlink()
    classes.class_store().open_class("", "t")  # the next call tries again
