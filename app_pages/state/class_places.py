"""Where the pupils of all classes are, for their teachers: written down at a change, and seldom enough for 200 pupils.

Whoever hurries through several steps is written down at the first, and then where they are a few seconds later. That
second time comes with the page's next run, or when it asks whether the class has changed, which it does all the time.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app_pages.state import classes
from app_pages.state.own_lessons import lesson_place
from app_pages.state.session import session
from app_pages.state.singletons import Singleton
from mnist_core.classroom.identity import pupil_key
from mnist_core.classroom.records import MAX_KEY, ClassroomError, Pupil

EVERY = 3.0  # s between two writes for one pupil
LESSON = "lesson/"  # what the key of a step of a lesson begins with
MAX_KNOWN = 10_000  # pupils; then those that moved longest ago are forgotten, at the price of one more write
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Place:
    pupil: Pupil  # with the page and the step that the file has
    written: float  # when, in s
    waiting: tuple[str, str] | None = None  # the page and the step to be written next


class Places:
    """Where pupils are. Many threads may use it.

    Args:
        move: writes down a pupil's page and step, see `ClassStore.move`.
        clock: returns the time in s.
    """

    def __init__(self, move: Callable[[Pupil, str, str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._move, self._clock = move, clock
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def report(self, key: str, pupil: Pupil, page: str, step: str) -> None:
        """Say where a pupil is; it is written at once, later or not at all.

        Args:
            key: of the pupil, see `identity.pupil_key`.
            pupil: as the page knows them.
            page: the path of the page, such as "learn".
            step: the key of the step of the course or of a lesson, "" for none.

        Raises:
            ClassroomError: the pupil is no longer in the class, or the file cannot be written.
        """
        with self._lock:
            known = self._places.pop(key, None)
            if known is None or known.pupil.number != pupil.number:  # they may have left and joined anew
                known = _Place(pupil, -EVERY)
            is_there = (page, step) == (known.pupil.page, known.pupil.step)
            self._places[key] = replace(known, waiting=None if is_there else (page, step))
            if len(self._places) > MAX_KNOWN:
                del self._places[next(iter(self._places))]
        self.write(key)

    def is_due(self, key: str) -> bool:
        """Return whether something about a pupil waits to be written, and may be now."""
        place = self._places.get(key)
        return place is not None and place.waiting is not None and self._clock() >= place.written + EVERY

    def write(self, key: str) -> None:
        """Write down where a pupil is, if that is due.

        Raises:
            ClassroomError: the pupil is no longer in the class, or the file cannot be written.
        """
        with self._lock:
            if not self.is_due(key):
                return
            place = self._places[key]
            assert place.waiting, "it is due"
            page, step = place.waiting
            self._places[key] = _Place(replace(place.pupil, page=page, step=step), self._clock())
        try:
            self._move(place.pupil, page, step)
        except ClassroomError:
            self._places.pop(key, None)  # nothing is known of them any more
            raise


@Singleton
def places() -> Places:
    """Return where the pupils of this server are."""
    return Places(lambda pupil, page, step: classes.class_store().move(pupil, page, step))


def report_place(page: str) -> None:
    """Say where this visitor is, if they are in a class; the last thing that a page does.

    Args:
        page: its path in the URL, "" for the first page of the app.
    """
    if pupil := classes.pupil_here():
        try:
            key = pupil_key(pupil.code, session().visitor)
            places().report(key, pupil, page or "draw", lesson_step() or classes.class_state().step)
        except ClassroomError as error:  # the bar finds out and says so
            log.info("a pupil's place was not written down: %s", error)


def lesson_step() -> str:
    """Return the step of a teacher's own lesson that this visitor is at, such as "lesson/pixels.3"; "" without one."""
    place = lesson_place()
    return f"{LESSON}{place.name}.{place.step}"[:MAX_KEY] if place.step else ""


def write_waiting_place(code: str, token: str) -> None:
    """Write down where the pupil of a class is whose browser has just asked for its version, if that waits."""
    try:
        places().write(pupil_key(code, token))
    except ClassroomError as error:
        log.info("a pupil's place was not written down: %s", error)


def is_place_waiting(code: str, token: str) -> bool:
    """Return whether there is anything to be written by `write_waiting_place`, without a look at the file."""
    return places().is_due(pupil_key(code, token))
