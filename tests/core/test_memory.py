"""Memory goes back to the operating system."""

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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only the GNU C library is trimmed")
def test_what_is_freed_below_a_block_in_use_goes_back_to_the_system() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(ended.stdout) > 80_000  # kB
