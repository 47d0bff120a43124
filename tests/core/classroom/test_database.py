"""The file of the classes: its settings, and a sentence for every file that is none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mnist_core.classroom.database import FILE, Database
from mnist_core.classroom.records import ClassroomError, StorageError
from mnist_core.classroom.schema import tables


def make(folder: Path) -> None:
    """Make a file with a class in it."""
    database = Database(folder)
    with database.write() as connection:
        values = {"code": "BCDFHJ", "title": "", "opened_at": 0, "owner": "", "is_frozen": False, "lesson": ""}
        connection.execute(tables().classes.insert().values(values | {"pupils_made": 0, "drawings_made": 0}))
    database.close()


def test_the_file_has_a_journal_checks_its_keys_and_overwrites_what_is_deleted(tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "folder")
    with database.read() as connection:

        def setting(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        assert setting("journal_mode") == "wal"
        assert (setting("foreign_keys"), setting("secure_delete"), setting("synchronous")) == (1, 1, 2)
        assert setting("busy_timeout") == 5_000
    database.close()


def test_a_change_that_fails_is_not_made(tmp_path: Path) -> None:
    make(tmp_path)
    database = Database(tmp_path)
    with pytest.raises(ClassroomError, match="a reason"), database.write() as connection:
        connection.execute(tables().classes.delete())
        raise ClassroomError("a reason")
    with database.read() as connection:
        assert len(list(connection.execute(tables().classes.select()))) == 1
    database.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_file_that_is_no_database_gets_a_sentence_and_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StorageError, match="is damaged or not a file of classes: move it away"):
        Database(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_database_of_something_else_gets_a_sentence_and_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("CREATE TABLE songs (title)")
        other.commit()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StorageError, match="is not a file of classes"):
        Database(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before and [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_file_of_another_version_gets_a_sentence(tmp_path: Path) -> None:
    make(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="of another version of this app"):
        Database(tmp_path)


def test_a_damaged_file_gets_a_sentence(tmp_path: Path) -> None:
    make(tmp_path)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[4_096:] = b"\xa5" * (len(content) - 4_096)  # all pages but the first, which names the tables
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        Database(tmp_path)


def test_an_empty_file_becomes_one_of_classes(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    Database(tmp_path).close()
    make(tmp_path)


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made .*: set CLASSES_ROOT"):
        Database(tmp_path / "file" / "classes")


def test_a_file_that_another_process_holds_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("mnist_core.classroom.database", fromlist=["SETTINGS"]).SETTINGS, "busy_timeout", "1"
    )
    make(tmp_path)
    database = Database(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="in use by another process: try again"), database.write():
            pass
    database.close()
