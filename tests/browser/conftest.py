"""A running app and a real browser for the journeys."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START_TIMEOUT = 60.0  # s


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs Chromium on the PATH"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    assert CHROMIUM, "REQUIRE_BROWSER is set, but there is no chromium on the PATH"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", *quiet]}


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start the app as a user would, with a runs folder of its own; gives its address."""
    servers = []

    def start(**environment: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        log = (tmp_path_factory.mktemp("server") / "log").open("w")
        server = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.fileWatcherType", "none"],
            cwd=ROOT,
            env=os.environ | {"RUNS_ROOT": str(tmp_path_factory.mktemp("runs"))} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        servers.append(server)
        wait_until_healthy(port)
        return f"http://127.0.0.1:{port}"

    yield start
    for server in servers:
        server.terminate()
        server.wait(20)


def wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the app did not start")


@pytest.fixture(scope="session")
def app(serve: Callable[..., str]) -> str:
    """The app with whatever MNIST this machine has."""
    return serve()


@pytest.fixture
def visit(page: Page) -> Callable[[str], Page]:
    """Open an address; no request may leave the machine, and no page may show an exception."""
    page.set_default_timeout(30_000)
    page.on("request", lambda request: outside.append(request.url) if is_outside(request.url) else None)
    outside: list[str] = []

    def open_page(address: str) -> Page:
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        assert not outside, f"requests left the machine: {outside}"
        return page

    return open_page


def is_outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
