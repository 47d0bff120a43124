"""A page that runs again tells the browser no value that a widget has already.

The browser takes a value that it is told, also when the visitor has chosen another one meanwhile. What the page then
asks for by itself, such as its progress, brings the old value back to the server, and the click is lost.
"""

import pytest
from streamlit.testing.v1 import AppTest

from tests.made import Miniature
from tests.pages.opening import open_page, run

EXCEPT = ("model",)  # the model in use: after a quick change of page, the browser may show the first option


def told(page: AppTest) -> list[str]:
    """Return the keys of the widgets whose value the page told the browser."""
    found = []
    for element in page.main:
        proto = getattr(element, "proto", None)
        if getattr(proto, "set_value", False):
            found.append(str(element.key))
    return [key for key in found if key not in EXCEPT]


VIEWS = [
    ("draw", {}),
    ("browse", {"browse_digit": "3"}),
    ("browse", {"browse_view": "Confusion"}),
    ("train", {"epochs": "3", "train": "linear"}),
    *(
        ("inside", {"view": view, "image": "3", "model": model})
        for view in ("Flow", "What speaks for it", "What would change it", "Surgery", "What a unit likes", "Over time")
        for model in ("mlp", "cnn")
    ),
    *(("inside", {"view": "What would change it", "change": kind, "model": "mlp"}) for kind in ("Attack", "Morph")),
    *(("learn", {"view": view}) for view in ("course", "labs", "challenges", "handwriting", "lessons", "class")),
]


@pytest.mark.parametrize(
    ("name", "query"), VIEWS, ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value
)
def test_a_page_that_runs_again_tells_no_value(miniature: Miniature, name: str, query: dict[str, str]) -> None:
    assert told(run(open_page(name, **query))) == []


def test_the_check_can_fail() -> None:
    def script() -> None:
        import streamlit as st

        st.session_state["choice"] = "b"
        st.segmented_control("Choice", ["a", "b"], key="choice")

    assert told(run(run(AppTest.from_function(script)))) == ["choice"]
