"""Give the memory that a run has used back to the operating system.

With the GNU C library every thread that allocates much has an arena of its own, and what is freed there stays with the
process: a server that had trained ten runs kept twice its memory. Two arenas for all threads, and a trim after every
run, bring it back. Elsewhere both functions do nothing.
"""

import ctypes
import os
import sys
from functools import cache
from typing import Any

ARENAS = 2
_M_ARENA_MAX = -8  # of mallopt, in malloc.h


def limit_arenas() -> None:
    """Let all threads of this process share `ARENAS` arenas, unless MALLOC_ARENA_MAX says how many."""
    library = _c_library()
    if library is not None and "MALLOC_ARENA_MAX" not in os.environ:
        library.mallopt(_M_ARENA_MAX, ARENAS)


def return_memory() -> None:
    """Return what is free to the operating system; takes some ms."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _c_library() -> Any:
    """Return the GNU C library; None where there is another."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
