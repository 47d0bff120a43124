"""Start the app as a user would, for the journeys and the benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
# The first is Chromium without windows of its own; a page takes it about a quarter less work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
LAUNCH: dict[str, Any] = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", *QUIET]}
START_TIMEOUT = 60.0  # s


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def launch(
    port: int, page: str = "app.py", *, log: Path | None = None, within: Sequence[str] = (), **environment: str
) -> subprocess.Popen[bytes]:
    """Start the app on a port and return its process once it answers.

    Args:
        port: where it listens.
        page: the path of the script to run, from the repository.
        log: the file that its output is appended to; nowhere by default.
        within: a command, and its arguments, that runs the rest of the command line.
        environment: variables that it gets besides those of this process.
    """
    command = [*within, sys.executable, "-m", "streamlit", "run", page, "--server.headless", "true"]
    with (log or Path(os.devnull)).open("ab") as output:
        server = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.fileWatcherType", "none"],
            cwd=ROOT,
            env=os.environ | {"MNIST_OFFLINE": "1"} | environment,  # downloads nothing unless a test of that asks it to
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: is_healthy(port), START_TIMEOUT)
    except BaseException:
        server.kill()
        server.wait()
        raise
    return server


@contextmanager
def serve(port: int, page: str = "app.py", **environment: str) -> Iterator[str]:
    """Run the app on a port until the block ends; gives its address once it answers."""
    server = launch(port, page, log=None, within=(), **environment)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def is_healthy(port: int) -> bool:
    """Tell whether the app answers on a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return True
    except OSError:
        return False
