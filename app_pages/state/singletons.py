"""What lives as long as the process, one of each: it stays whatever a visitor's browser asks for.

Streamlit's caches are no place for it, because any browser may have the server clear them.
"""

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_FORGET: list[Callable[[], None]] = []  # of every singleton


class Singleton(Generic[P, T]):
    """A function that makes its result once per process, and per arguments if it has any, which must be hashable."""

    def __init__(self, make: Callable[P, T]) -> None:
        update_wrapper(self, make)
        self._make = make
        self._lock = threading.RLock()  # one may be made while another is
        self._results: dict[object, T] = {}
        _FORGET.append(self.forget)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the one result, and make it if this is the first call; other threads wait for it."""
        key = args, tuple(sorted(kwargs.items()))
        with self._lock:
            if key not in self._results:
                self._results[key] = self._make(*args, **kwargs)
            return self._results[key]

    def forget(self) -> None:
        """Make the result again at the next call."""
        with self._lock:
            self._results.clear()


def forget_all() -> None:
    """Forget every singleton, as a new process would know none: for tests."""
    for forget in _FORGET:
        forget()
