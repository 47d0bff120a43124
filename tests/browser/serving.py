"""Start the app as a user would, for the journeys and the benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
LAUNCH: dict[str, Any] = {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", *QUIET]}
START_TIMEOUT = 60.0  # s


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def launch(port: int, **environment: str) -> subprocess.Popen[bytes]:
    """Start the app on a port and return its process once it answers."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.fileWatcherType", "none"],
        cwd=ROOT,
        env=os.environ | {"MNIST_OFFLINE": "1"} | environment,  # it downloads nothing unless a test of that asks it to
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: is_healthy(port), START_TIMEOUT)
    except BaseException:
        server.kill()
        server.wait()
        raise
    return server


@contextmanager
def serve(port: int, **environment: str) -> Iterator[str]:
    """Run the app on a port until the block ends; gives its address once it answers."""
    server = launch(port, **environment)
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
