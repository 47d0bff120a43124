"""Counters of a class that tell a page whether there is anything new, without a look at the file."""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from mnist_core.classroom.records import MAX_PUPILS

MAX_SEEN = 4 * MAX_PUPILS  # browsers of one class; those of pupils are among them


@dataclass(frozen=True)
class Version:
    """What a class was like at a moment: as long as a text is the same, so is what it stands for.

    Attributes:
        pupils: of what all pupils see: whether the class is frozen, what is on the projector, its lesson and title.
        teacher: of everything in the class.
    """

    pupils: str
    teacher: str


class Changes:
    """The counters of all open classes, for many readers; in memory, so that a look costs nothing.

    They begin anew in each process. Each process marks its own, so a page notices a restart as a change.
    """

    def __init__(self) -> None:
        self._process = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}  # by code: for the pupils, for the teacher
        self._seen: dict[str, dict[str, float]] = {}  # by code: when each browser asked last, by its key

    def open(self, code: str) -> None:
        """Count the changes of a class from now on."""
        with self._lock:
            self._counts.setdefault(code, (0, 0))

    def close(self, code: str) -> None:
        """Count the changes of a class no more."""
        with self._lock:
            self._counts.pop(code, None)
            self._seen.pop(code, None)

    def note(self, code: str, *, for_pupils: bool = False) -> None:
        """Note that something in a class has changed.

        Args:
            code: of the class.
            for_pupils: whether it is something that all pupils see.
        """
        with self._lock:
            if code in self._counts:
                pupils, teacher = self._counts[code]
                self._counts[code] = pupils + for_pupils, teacher + 1

    def version(self, code: str) -> Version | None:
        """Return what a class is like now, None when there is no such class."""
        counts = self._counts.get(code)
        return counts and Version(*(f"{self._process}-{count}" for count in counts))

    def note_seen(self, code: str, key: str, now: float) -> None:
        """Note that a browser has asked for the version of a class.

        Args:
            code: of the class.
            key: of the browser, see `identity.pupil_key`.
            now: in s since the epoch.
        """
        with self._lock:
            if code in self._counts:
                seen = self._seen.setdefault(code, {})
                if key in seen or len(seen) < MAX_SEEN:
                    seen[key] = now

    def seen(self, code: str) -> Mapping[str, float]:
        """Return when each browser asked for the version of a class last, by its key."""
        with self._lock:
            return dict(self._seen.get(code, {}))
