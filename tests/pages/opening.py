"""Open a page without a browser."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from app_pages.state import predictions
from app_pages.state.computations import computations
from tests.waiting import wait_for

APP = Path(__file__).parents[2] / "app.py"


def open_page(name: str = "draw", **query: str | list[str]) -> AppTest:
    """Open a page by its name, with a query in its URL; a list becomes a parameter that is repeated."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page(f"app_pages/{name}.py")
    for key, value in query.items():
        page.query_params[key] = value
    return run(page)


def run(page: Any) -> AppTest:
    """Run a page, or the page of a widget that was set, until it waits for no computation; it shows no exception."""
    shown: AppTest = page.run()
    assert not shown.exception
    while is_waiting(shown):  # a browser would run it again by itself
        wait_for(lambda: predictions.predicted_splits().is_idle and computations().is_idle)
        shown = shown.run()
        assert not shown.exception
    return shown


def is_waiting(page: AppTest) -> bool:
    """Tell whether a page shows the progress of a computation."""
    return any(bar.proto.text.endswith("…") for bar in page.get("progress"))


def address_of(page: AppTest) -> dict[str, list[str]]:
    """Return the parameters that the page had the browser write into its URL."""
    (bar,) = components(page, "address_bar")
    return dict(json.loads(bar.proto.json)["parameters"])


def html_of(page: AppTest) -> list[str]:
    """Return the HTML snippets on a page, in order."""
    return [str(element.value) for element in page.get("html") if isinstance(element, Element)]


def components(page: AppTest, name: str) -> list[Any]:
    """Return the components of a kind on a page, such as its picture grid; every page also has the visitor's cookie."""
    return [each for each in page.get("bidi_component") if name in each.proto.component_name]
