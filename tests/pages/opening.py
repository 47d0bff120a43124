"""Open a page without a browser."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

APP = Path(__file__).parents[2] / "app.py"


def open_page(name: str = "draw", **query: str | list[str]) -> AppTest:
    """Open a page by its name, with a query in its URL; a list becomes a parameter that is repeated."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page(f"app_pages/{name}.py")
    for key, value in query.items():
        page.query_params[key] = value
    return run(page)


def run(page: Any) -> AppTest:
    """Run a page, or the page of a widget that was set; it must show no exception."""
    shown: AppTest = page.run()
    assert not shown.exception
    return shown


def html_of(page: AppTest) -> list[str]:
    """Return the HTML snippets on a page, in order."""
    return [str(element.value) for element in page.get("html") if isinstance(element, Element)]
