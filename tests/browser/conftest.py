"""A running app and a real browser for the journeys."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

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


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[list[Page]]:
    """The tab that the journeys of a module share, the last one in the list; the first is opened when one is needed."""
    tabs: list[Page] = []
    yield tabs
    for page in tabs:
        page.context.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, tab: list[Page]) -> Iterator[Page]:
    """A tab without cookies, storage or page: the next page in a tab takes half of what the first one takes.

    A test marked `own_tab` gets one of its own, because it changes the tab for good.
    """
    if request.node.get_closest_marker("own_tab"):
        context = browser.new_context()
        yield context.new_page()
        context.close()
        return
    if not tab or tab[-1].is_closed():
        tab.append(browser.new_context().new_page())
    yield tab[-1]
    _empty(tab[-1])


def _empty(page: Page) -> None:
    """Make a tab like a new one, and the only one of its visitor."""
    for other in page.context.pages:
        if other is not page:
            other.close()
    if page.is_closed():
        return
    if not page.url.startswith("about:"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")
    page.context.clear_cookies()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null")


@pytest.fixture
def visit(page: Page) -> Iterator[Callable[[str], Page]]:
    """Open an address; no request may leave the machine, and no page may show an exception."""
    outside: list[str] = []

    def note(request: Request) -> None:
        if is_outside(request.url):
            outside.append(request.url)

    page.set_default_timeout(30_000)
    page.on("request", note)

    def open_page(address: str) -> Page:
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        wait_for_rest(page)
        assert not outside, f"requests left the machine: {outside}"
        return page

    yield open_page
    page.remove_listener("request", note)


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
