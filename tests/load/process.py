"""What the operating system knows of the server's process; on Linux only."""

import os
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000


@dataclass(frozen=True)
class Usage:
    """What a process uses.

    Attributes:
        rss: memory that lies in RAM, in bytes.
        cpu: processor time so far, in s.
        threads: how many it has.
        files: how many files and sockets it has open.
    """

    rss: int
    cpu: float
    threads: int
    files: int


def usage(pid: int) -> Usage:
    """Return what a process uses now."""
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    user, system, threads, rss = (int(fields[index]) for index in (11, 12, 17, 21))
    return Usage(
        rss * os.sysconf("SC_PAGE_SIZE"),
        (user + system) / os.sysconf("SC_CLK_TCK"),
        threads,
        len(list((folder / "fd").iterdir())),
    )
