"""Long computations for all visitors: one thread works on a few of them in turn, in small steps; pages ask for them.

No page waits for one. A page asks again from time to time until the computation is done.
"""

import itertools
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import torch

PATIENCE = 5.0  # s without being asked for; then a computation makes room for another


class Steps(Protocol):
    """A computation in steps, each so short that others can wait for it."""

    @property
    def is_done(self) -> bool:
        """True when no step is left."""

    def step(self) -> None:
        """Make the next step."""


W = TypeVar("W", bound=Steps)


@dataclass
class _Entry(Generic[W]):
    work: W
    error: Exception | None = None
    awaited_until: float = 0.0  # time.monotonic(); until then it keeps its place
    last_turn: int = field(default=0)  # the number of its last step among all steps


class Background(Generic[W]):
    """At most `limit` computations, which are kept when done, until another needs the room.

    All visitors share them. The one whose last step is longest ago is next, so every one of them moves on. When each
    place is taken by a computation that somebody still waits for, newcomers wait for a place in the order of arrival.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.lock = threading.RLock()
        self.entries: OrderedDict[Hashable, _Entry[W]] = OrderedDict()  # the one used last stands last
        self.arrivals: OrderedDict[Hashable, float] = OrderedDict()  # newcomers without a place, and when they asked
        self.thread = ThreadPoolExecutor(1, "background", initializer=torch.set_num_threads, initargs=(1,))
        self._is_running = False
        self._turns = itertools.count(1)

    def peek(self, key: Hashable) -> W | None:
        """Return a computation, done or not, if there is one."""
        with self.lock:
            if (entry := self.entries.get(key)) is None:
                return None
            self.entries.move_to_end(key)
            return entry.work

    def get(
        self,
        key: Hashable,
        make: Callable[[], W],
        *,
        is_current: Callable[[W], bool] = lambda work: True,
        is_awaited: bool = False,
    ) -> W | None:
        """Return a computation, done or not, and begin it if there is none.

        Args:
            key: which one.
            make: prepares it, in little time.
            is_current: whether one that exists can still be used; otherwise it begins anew.
            is_awaited: keep its place, or its place in the queue of newcomers, for `PATIENCE` seconds.

        Returns:
            None when there is no place for it yet.

        Raises:
            RuntimeError: a step of it failed; the next call begins it anew.
        """
        with self.lock:
            entry = self.entries.get(key)
            if entry and entry.error:
                del self.entries[key]
                raise RuntimeError("a step of the computation failed") from entry.error
            if entry and not is_current(entry.work):
                entry = None
            if entry is None:
                if key not in self.entries and not self._makes_room(key, is_awaited):
                    return None
                entry = self.entries[key] = _Entry(make())
            if is_awaited:
                entry.awaited_until = time.monotonic() + PATIENCE
            self.entries.move_to_end(key)
            self.resume()
            return entry.work

    def drop(self, key: Hashable) -> None:
        """Forget a computation, done or not; no further step of it is made."""
        with self.lock:
            self.entries.pop(key, None)
            self.arrivals.pop(key, None)

    def resume(self) -> None:
        """Go on with what is not done."""
        with self.lock:
            if not self._is_running:
                self._is_running = True
                self._submit()

    @property
    def is_idle(self) -> bool:
        """True when every computation is done."""
        with self.lock:
            return not self._is_running

    def _makes_room(self, key: Hashable, is_awaited: bool) -> bool:
        now = time.monotonic()
        for other, asked in list(self.arrivals.items()):
            if asked < now - PATIENCE:
                del self.arrivals[other]
        if is_awaited:
            self.arrivals[key] = now  # a key that is there already keeps its place
        idle = [other for other, entry in self.entries.items() if entry.awaited_until < now]
        room = self.limit - len(self.entries) + len(idle)
        ahead = list(self.arrivals).index(key) if is_awaited else len(self.arrivals)
        if ahead >= room:
            return False
        self.arrivals.pop(key, None)
        if len(self.entries) >= self.limit:
            del self.entries[idle[0]]
        return True

    def _submit(self) -> None:
        with suppress(RuntimeError):  # the process is ending
            self.thread.submit(self._step)  # one step per task, so that the process can end in between

    def _step(self) -> None:
        with self.lock:
            unfinished = [entry for entry in self.entries.values() if not entry.error and not entry.work.is_done]
            if not unfinished:
                self._is_running = False
                return
            entry = min(unfinished, key=lambda each: each.last_turn)
            entry.last_turn = next(self._turns)
        try:
            entry.work.step()
        except Exception as error:  # whatever it is, the visitors who wait for it are told, and the others are served
            logging.getLogger(__name__).exception("a step of a background computation failed")
            entry.error = error
        self._submit()
