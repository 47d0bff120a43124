"""The classes of this server, the class that a visitor has joined or teaches, and what a pupil does in it."""

import asyncio
import hmac
import logging
import secrets
import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from app_pages.state import address
from app_pages.state.session import session
from app_pages.state.singletons import Singleton
from mnist_core.classroom.changes import Version
from mnist_core.classroom.codes import checked_code
from mnist_core.classroom.database import FILE
from mnist_core.classroom.records import (
    DAY,
    MAX_STROKES,
    Classroom,
    ClassroomError,
    Drawing,
    FrozenClassError,
    Pupil,
    StorageError,
    UnknownClassError,
)
from mnist_core.classroom.store import ClassStore
from mnist_core.ink.strokes import Strokes
from mnist_core.ink.strokes_json import strokes_json
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


def find(code: str) -> Classroom | None:
    """Return a class by its code; None when there is none, and when the file cannot be used."""
    try:
        return class_store().find(code) if version_of(code) else None
    except StorageError as error:
        log.error("a class could not be looked up: %s", error)
        return None


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
        asked_as: the visitor's token with which the file was asked who they are, "" before that.
        taught: the code of the class that the teacher looks at, or that a link invites a visitor to, "" for none.
        step: the key of the step of the course that the page shows, "" for none.
        waiting: answers that wait for the class to go on, by question.
        handed_in: what tells the drawing that was handed in last from others, None before that.
        gone_at: the visit at which they found out that they are in their class no longer, -1 for none.
        was_paused: whether they have seen the class paused.
        race_problem: why the last run is not in the race, as a sentence; "" when it is.
    """

    pupil: Pupil | None = None
    asked_as: str = ""
    taught: str = ""
    step: str = ""
    waiting: dict[str, int] = field(default_factory=dict)
    handed_in: int | None = None
    gone_at: int = -1
    was_paused: bool = False
    race_problem: str = ""


def class_state() -> ClassState:
    """Return this visitor's state."""
    if "class_state" not in st.session_state:
        st.session_state.class_state = ClassState()
    state: ClassState = st.session_state.class_state
    return state


def follow_link() -> None:
    """Look at the class that a link names, on any page; a code that is none costs a second."""
    if not (named := address.named(PARAMETER)):
        return
    try:
        code = checked_code(named[-1])
    except ValueError:
        code = ""
    if not code or version_of(code) is None:
        address.say_unknown("This link names a class that does not exist. Ask your teacher for the code.")
        time.sleep(DELAY)
        code = ""
    class_state().taught = code


# Being a pupil


def current_pupil() -> Pupil | None:
    """Return the pupil that this visitor is, None when they have joined no class or it was closed.

    Whoever joined before is known again by the cookie of their browser.

    Raises:
        StorageError: the file of the classes cannot be used.
    """
    state = class_state()
    if not is_there_a_file():
        return None
    if state.asked_as != session().visitor:
        state.pupil, state.asked_as = class_store().membership(session().visitor), session().visitor
    if state.pupil and class_store().changes.version(state.pupil.code) is None:
        _be_nobody()
    return state.pupil


def pupil_and_class() -> tuple[Pupil, Classroom] | None:
    """Return the pupil that this visitor still is, and their class, as its file has them now; None for nobody."""
    if not (pupil := pupil_here()):
        return None
    try:
        room, now = class_store().find(pupil.code), class_store().pupil(pupil.code, session().visitor)
    except StorageError as error:
        log.error("a class could not be looked up: %s", error)
        return None
    if room is None or now is None:
        _be_nobody()
        return None
    class_state().pupil = now
    return now, room


def pupil_here() -> Pupil | None:
    """The same for pages that go on without a class: None also when its file cannot be used."""
    try:
        return current_pupil()
    except StorageError as error:
        log.error("a pupil could not be looked up: %s", error)
        return None


def join(code: str, nickname: str) -> Pupil:
    """Make this visitor a pupil of a class.

    Raises:
        ClassroomError: there is no such class, it is full, or the nickname is too long.
    """
    try:
        pupil = class_store().join(code, session().visitor, nickname)
    except UnknownClassError:
        time.sleep(DELAY)
        raise
    _be(pupil)
    return pupil


def leave() -> None:
    """Delete this visitor, and all that they handed in, from the class that they have joined.

    Raises:
        StorageError: the file cannot be written.
    """
    if pupil := class_state().pupil:
        try:
            class_store().leave(pupil)
        except UnknownClassError:
            pass  # it was closed, or they have left it on another page
        _be(None)


def _be(pupil: Pupil | None) -> None:
    """Be a pupil, or none, from now on."""
    st.session_state.class_state = ClassState(pupil, session().visitor)


def _be_nobody() -> None:
    """Find out that the class is no longer there, or that the teacher has removed this visitor from it."""
    _be(None)
    class_state().gone_at = session().visits


def is_gone() -> bool:
    """Return whether this visitor has found out on this page that they are in their class no longer."""
    return class_state().gone_at == session().visits


# What a pupil does


def answer(question: str, option: int) -> None:
    """Hand in an answer to a question of the course, the place of the option from 0; only the first one is kept.

    While the class is paused, it waits.
    """
    if pupil_here():
        class_state().waiting.setdefault(question, option)
        hand_in_answers()


def hand_in_answers() -> None:
    """Hand in the answers that wait, unless the class is paused."""
    waiting = class_state().waiting
    if not waiting or not (pupil := pupil_here()):
        return
    for question, option in [*waiting.items()]:
        try:
            class_store().answer(pupil, question, option)
        except UnknownClassError:
            _be_nobody()
            return
        except (FrozenClassError, StorageError) as error:
            log.info("an answer waits: %s", error)
            return
        except ClassroomError as error:
            log.info("an answer was refused: %s", error)
        waiting.pop(question, None)


def hand_in(
    digit: int, image: np.ndarray, answer: int, confidence: float, strokes: Strokes, *, may_be_shown: bool
) -> Drawing:
    """Hand in a drawing; one that was handed in before, with the same digit, is not kept twice.

    Args:
        digit: that was meant, 0 to 9.
        image: (28, 28) float in [0, 1], 1 for ink, as preprocessing makes it.
        answer: the model's, 0 to 9.
        confidence: of the answer, in [0, 1].
        strokes: the drawing in canvas px.
        may_be_shown: whether the pupil agrees that it is shown to the class.

    Raises:
        ClassroomError: they are in no class, it is paused, or they have handed in as many as they may.
    """
    store, pupil = class_store(), current_pupil()
    if pupil is None:
        raise UnknownClassError("you are no longer in a class")
    pixels = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    for before in store.drawings_of(pupil):
        if before.digit == digit and np.array_equal(before.image, pixels):
            store.allow_showing(pupil, before.number, may_be_shown)
            return before
    written = strokes_json(strokes, MAX_STROKES)
    return store.hand_in(pupil, digit, pixels, answer, confidence, may_be_shown=may_be_shown, strokes=written)


def enter_run(run: str) -> None:
    """Enter a run that this visitor has started in the race of their class, if they are in one.

    Args:
        run: its name.
    """
    if not (pupil := pupil_here()):
        return
    try:
        class_store().enter_run(pupil, run)
        class_state().race_problem = ""
    except UnknownClassError:
        _be_nobody()
    except ClassroomError as error:
        log.info("a run is not in the race: %s", error)
        class_state().race_problem = str(error)


def score(challenge: str, value: float, detail: str = "", *, is_higher_better: bool = True) -> bool:
    """Keep this visitor's score of a challenge for their class, if they are in one and it is their best.

    Args:
        challenge: its key.
        value: in the challenge's own unit, finite.
        detail: how it was reached, in a few words.
        is_higher_better: whether a higher value is better.

    Returns:
        Whether it is their best so far; False for whoever is in no class.

    Raises:
        ClassroomError: the class does not take it.
    """
    pupil = current_pupil()
    return pupil is not None and class_store().score(pupil, challenge, value, detail, higher_is_better=is_higher_better)
