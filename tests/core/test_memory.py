"""Memory goes back to the operating system."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path
from mnist_core.memory import return_memory

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

blocks = [bytearray(b"x" * 100_000) for _ in range(1_000)]
last = blocks.pop()  # the heap cannot shrink below it
before = resident()
del blocks
return_memory()
print(before - resident())
"""

ARENAS_OF_EIGHT_THREADS = """
import ctypes, threading, sys
from mnist_core.memory import limit_arenas

if sys.argv[1] == "limited":
    limit_arenas()
library, together = ctypes.CDLL(None), threading.Barrier(8)

def allocate():
    together.wait()
    blocks = [bytearray(2_000) for _ in range(1_000)]
    together.wait()
    del blocks

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, stream)
library.fflush(stream)
"""


def arenas(choice: str, **environment: str) -> int:
    """Return how many arenas eight threads got."""
    command = [sys.executable, "-c", ARENAS_OF_EIGHT_THREADS, choice]
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=plain | environment)
    return ended.stdout.count("<heap nr=")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the GNU C library has arenas")
def test_threads_share_two_arenas_unless_the_environment_says_otherwise() -> None:
    assert arenas("unlimited") > 2
    assert arenas("limited") == 2
    assert arenas("limited", MALLOC_ARENA_MAX="3") == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the GNU C library is trimmed")
def test_what_is_freed_below_a_block_in_use_goes_back_to_the_system() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(ended.stdout) > 80_000  # kB
