"""The file of the classes: SQLite with a journal, so that what was committed outlives a process that is killed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core.classroom.records import StorageError
from mnist_core.classroom.schema import APPLICATION, VERSION, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

FILE = "classes.sqlite"
BUSY_TIMEOUT = 5_000  # ms that a statement waits for another process
SETTINGS = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "busy_timeout": str(BUSY_TIMEOUT),
    "synchronous": "FULL",  # a commit has reached the disk
    "secure_delete": "ON",  # what is deleted is overwritten
}


class Database:
    """The file of the classes in a folder; both are made when they do not exist.

    Many threads may use it; one of them writes at a time.

    Raises:
        StorageError: the folder cannot be written, or the file is damaged or not of this app.
    """

    def __init__(self, folder: Path) -> None:
        # NOTE: a late import, see `schema`.
        from sqlalchemy import create_engine, event

        self.path = folder / FILE
        self._writing = threading.RLock()
        self._engine = create_engine(f"sqlite:///{self.path.absolute()}", pool_timeout=10)
        event.listen(self._engine, "connect", _set_up)
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the folder {folder} cannot be made ({error.strerror}): set CLASSES_ROOT") from None
        try:
            self._check()
        except StorageError:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are committed together at the end, and none of them after an exception.

        What is read on it stays true until then.

        Raises:
            StorageError: the file cannot be written.
        """
        with self._writing, self._translated(), self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def tidy_up(self) -> None:
        """Write the journal into the file and empty it, so that nothing of what was deleted stays in it.

        Raises:
            StorageError: the file cannot be written.
        """
        with self._writing, self.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _check(self) -> None:
        """See that an existing file is ours before anything is written to it, and make the tables of a new one."""
        with self._translated():
            is_new = not self.path.exists() or self._is_empty()
        with self.write() as connection:
            if is_new:
                tables().metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
            elif connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise StorageError(f"{self.path} is damaged: move it away, and put a copy in its place if you have one")

    def _is_empty(self) -> bool:
        """Return whether an existing file has no tables yet.

        Raises:
            StorageError: it has tables of something else.
        """
        with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return True
            application, version = (
                connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
            )
        if application != APPLICATION:
            raise StorageError(f"{self.path} is not a file of classes: move it away, or set CLASSES_ROOT")
        if version != VERSION:
            raise StorageError(
                f"{self.path} is of another version of this app ({version}, and {VERSION} is expected): "
                "use that version, or move the file away"
            )
        return False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say in a sentence what the database cannot do."""
        from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError

        try:
            yield
        except IntegrityError:
            raise
        except TimeoutError:
            raise StorageError("the server is too busy to look up the class: try again in a moment") from None
        except DBAPIError as error:
            raise StorageError(f"{self.path} {_reason(error.orig)}") from None
        except sqlite3.Error as error:  # while a connection is set up
            raise StorageError(f"{self.path} {_reason(error)}") from None


def _reason(error: BaseException | None) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "is damaged or not a file of classes: move it away, or set CLASSES_ROOT"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "is in use by another process: try again in a moment"
    if code == sqlite3.SQLITE_FULL:
        return "cannot grow, because the disk is full: free space on it"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "cannot be written: make its folder writable, or set CLASSES_ROOT"
    return f"cannot be used ({error})"


def _set_up(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for name, value in SETTINGS.items():
        cursor.execute(f"PRAGMA {name} = {value}")
    cursor.close()
