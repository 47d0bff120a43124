"""The server as a process: start it, end it in every way, and read what it uses (on Linux only)."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.browser.serving import free_port, launch

MB = 1_000_000
T = TypeVar("T")


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


class Server:
    """The app in a process of its own, with its own folder of runs, which may be ended and started again.

    Args:
        folder: for the runs and the log.
        within: a command that the server runs in; see `launch`.
        environment: further variables.
    """

    def __init__(self, folder: Path, within: Sequence[str], environment: dict[str, str]) -> None:
        self.runs, self.log = folder / "runs", folder / "server.log"
        self.within, self.environment = within, environment
        self.port = free_port()
        self.runs.mkdir()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the app answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of the process, which must have been started."""
        assert self.process, "the server is not running"
        return self.process.pid

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.process = launch(self.port, log=self.log, within=self.within, RUNS_ROOT=str(self.runs), **self.environment)

    def kill(self) -> None:
        """End the server at once, as a power cut would; it may be ended already."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def terminate(self, seconds: float) -> int:
        """Ask the server to end, as a service manager does, and return its status.

        Raises:
            subprocess.TimeoutExpired: it has not ended within `seconds`.
        """
        assert self.process, "the server is not running"
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def tracebacks(self) -> list[str]:
        """Return what the server has logged of exceptions."""
        _, *traces = self.log.read_text(errors="replace").split("Traceback (most recent call last)")
        return traces


@contextmanager
def running(folder: Path, within: Sequence[str] = (), **environment: str) -> Iterator[Server]:
    """Run a server until the block ends."""
    server = Server(folder, within, environment)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def run_alone(scene: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: in the main thread, Playwright keeps its loop after its tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scene).result()
