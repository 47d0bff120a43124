"""Give memory that is no longer used back to the operating system.

With the GNU C library, what a thread frees stays with the process. A trim after every run returns most of it; the rest
is scattered over the arenas, of which there are up to eight per core. Two are enough, if that is said before threads
begin: an arena that exists stays in use.
"""

import ctypes
import os
import sys
from functools import cache
from typing import Any

M_ARENA_MAX = -8  # of mallopt(3)
ARENAS = 2


def limit_arenas() -> None:
    """Have the threads to come share `ARENAS` arenas, where the C library has any; MALLOC_ARENA_MAX goes before."""
    library = _c_library()
    if library is not None and not os.environ.get("MALLOC_ARENA_MAX"):
        library.mallopt(M_ARENA_MAX, ARENAS)


def return_memory() -> None:
    """Return what is free to the operating system, where the C library can do that; takes some ms."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _c_library() -> Any:
    """Return the GNU C library; None where there is another."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None
