"""The classes of this server, and the class that a visitor has joined or teaches."""

import asyncio
import hmac
import logging
import secrets
import time
from dataclasses import dataclass

import streamlit as st

from app_pages.state.session import session
from app_pages.state.singletons import Singleton
from mnist_core.classroom.changes import Version
from mnist_core.classroom.database import FILE
from mnist_core.classroom.records import DAY, ClassroomError, Pupil, StorageError, UnknownClassError
from mnist_core.classroom.store import ClassStore
from mnist_core.paths import classes_root

PARAMETER = "class"  # in the URL: the code of a class
DELAY = 1.0  # s after a code that is none, so that guessing takes long
log = logging.getLogger(__name__)


@Singleton
def class_store() -> ClassStore:
    """Return the classes of this server.

    Raises:
        StorageError: their file cannot be used; the next call tries again.
    """
    return ClassStore(classes_root())


def is_there_a_file() -> bool:
    """True when somebody has ever opened a class on this server."""
    return (classes_root() / FILE).is_file()


def version_of(code: str) -> Version | None:
    """Return what a class is like now, without a look at its file; None when there is no such class."""
    try:
        return class_store().changes.version(code) if is_there_a_file() else None
    except StorageError:
        return None


@Singleton
def _secret() -> bytes:
    return secrets.token_bytes(32)


def watch_key(code: str) -> str:
    """Return what a page needs to ask for the version of a class, so that nobody can find out codes by asking.

    It is another one in every process. A page that still has an old one is told that there is no such class, and runs
    again.
    """
    return hmac.digest(_secret(), code.encode(), "sha256").hex()[:32]


def is_watch_key(code: str, key: str) -> bool:
    """Return whether a page was given this key for a class."""
    return hmac.compare_digest(watch_key(code).encode(), key.encode())


def delete_old_classes() -> None:
    """Delete the classes that are too old, if there are any."""
    if not is_there_a_file():
        return
    try:
        if count := class_store().delete_old():
            log.info("%d old classes were deleted", count)
    except ClassroomError as error:
        log.error("old classes could not be deleted: %s", error)


async def delete_old_classes_daily() -> None:
    """Do that once a day, for as long as the server runs."""
    while True:
        await asyncio.sleep(DAY)
        await asyncio.to_thread(delete_old_classes)


@dataclass
class ClassState:
    """What one visitor has to do with a class.

    Attributes:
        pupil: who they are in the class that they have joined, None for nobody.
        is_looked_up: whether the file was asked who they are.
        taught: the code of the class that the teacher looks at, "" for none.
    """

    pupil: Pupil | None = None
    is_looked_up: bool = False
    taught: str = ""


def class_state() -> ClassState:
    """Return this visitor's state."""
    if "class_state" not in st.session_state:
        st.session_state.class_state = ClassState()
    state: ClassState = st.session_state.class_state
    return state


def current_pupil() -> Pupil | None:
    """Return the pupil that this visitor is, None when they have joined no class or it was closed.

    Whoever joined before is known again by the cookie of their browser.

    Raises:
        StorageError: the file of the classes cannot be used.
    """
    state = class_state()
    if not is_there_a_file():
        return None
    if not state.is_looked_up:
        state.pupil, state.is_looked_up = class_store().membership(session().visitor), True
    if state.pupil and class_store().changes.version(state.pupil.code) is None:
        state.pupil = None
    return state.pupil


def join(code: str, nickname: str) -> Pupil:
    """Make this visitor a pupil of a class.

    Raises:
        ClassroomError: there is no such class, it is full, or the nickname is too long.
    """
    state = class_state()
    try:
        state.pupil, state.is_looked_up = class_store().join(code, session().visitor, nickname), True
    except UnknownClassError:
        time.sleep(DELAY)
        raise
    return state.pupil


def leave() -> None:
    """Delete this visitor, and all that they handed in, from the class that they have joined.

    Raises:
        ClassroomError: they have joined none, or the file cannot be written.
    """
    state = class_state()
    if state.pupil:
        pupil, state.pupil = state.pupil, None
        class_store().leave(pupil)
