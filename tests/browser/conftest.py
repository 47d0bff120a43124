"""A running app and a real browser for the journeys."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import CHROMIUM, LAUNCH, free_port, serve
from tests.browser.visiting import wait_for_rest

expect.set_options(timeout=15_000)  # ms; stand-in digits and torch's import take their time on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs Chromium on the PATH"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    assert CHROMIUM, "REQUIRE_BROWSER is set, but there is no chromium on the PATH"
    return LAUNCH


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start the app in an environment, with folders of its own for runs and classes; gives its address."""
    with ExitStack() as servers:

        def start(**environment: str) -> str:
            folders = {name: str(tmp_path_factory.mktemp("kept")) for name in ("RUNS_ROOT", "CLASSES_ROOT")}
            return servers.enter_context(serve(free_port(), **folders | environment))

        yield start


@pytest.fixture(scope="session")
def app(start_app: Callable[..., str]) -> str:
    """The app with whatever MNIST this machine has."""
    return start_app()


@pytest.fixture
def visit(page: Page) -> Callable[[str], Page]:
    """Open an address; no request may leave the machine, and no page may show an exception."""
    page.set_default_timeout(30_000)
    page.on("request", lambda request: outside.append(request.url) if is_outside(request.url) else None)
    outside: list[str] = []

    def open_page(address: str) -> Page:
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        wait_for_rest(page)
        assert not outside, f"requests left the machine: {outside}"
        return page

    return open_page


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a browser of its own for each person, at an address."""
    contexts = []

    def open_page(address: str, **options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for(state="attached")
        wait_for_rest(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def is_outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
