"""A page that runs again tells the browser no value that a widget has already.

The browser takes a value that it is told, also when the visitor has chosen another one meanwhile. What the page then
asks for by itself, such as its progress, brings the old value back to the server, and the click is lost.
"""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.made import Miniature
from tests.pages.opening import open_page, run


def told(page: AppTest) -> list[str]:
    """Return the keys of the widgets whose value the page told the browser."""
    found = []
    for element in page.main:
        proto = getattr(element, "proto", None)
        if getattr(proto, "set_value", False):
            found.append(str(element.key))
    return found


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


IDS = ["-".join([name, *query.values()]) for name, query in VIEWS]


@pytest.mark.parametrize(("name", "query"), VIEWS, ids=IDS)
def test_a_page_that_runs_again_tells_no_value(miniature: Miniature, name: str, query: dict[str, str]) -> None:
    assert told(run(open_page(name, **query))) == []


@pytest.mark.parametrize("change", ["Smallest change", "Morph"])
def test_another_picture_tells_no_value(miniature: Miniature, change: str) -> None:
    page = open_page("inside", view="What would change it", change=change, image="3", model="mlp")
    for number in (4, 5, 6, 7):
        assert told(run(page.number_input(key="inside_number").set_value(number))) == []


def unlike_their_defaults(page: AppTest) -> list[str]:
    """Return the keys of the widgets that would show something else if the browser missed the value it was told.

    It misses one when the page runs again before the browser has drawn the run that told it. It then shows the
    default, and tells that to the server with the next thing that the visitor does.
    """
    found = []
    for element in page.main:
        proto: Any = getattr(element, "proto", None)
        if getattr(proto, "set_value", False):
            shown, value = shown_and_told(proto)
            if shown != value:
                found.append(str(element.key))
    return found


def shown_and_told(proto: Any) -> tuple[object, object]:
    """Return the default of a widget, and the value that the page told the browser."""
    match type(proto).__name__:
        case "Radio" if not proto.HasField("default"):
            return None, proto.raw_value or None
        case "Selectbox" | "Radio":
            return proto.options[proto.default], proto.raw_value
        case "ButtonGroup":
            return [proto.options[place].content for place in proto.default], [*proto.raw_values]
        case "Slider" if proto.options:
            return [proto.options[int(place)] for place in proto.default], [*proto.raw_value]
        case "Slider":
            return [*proto.default], [*proto.value]
        case _:
            return proto.default, proto.value


@pytest.mark.parametrize(("name", "query"), VIEWS, ids=IDS)
def test_what_is_told_once_is_the_default_too(miniature: Miniature, name: str, query: dict[str, str]) -> None:
    assert unlike_their_defaults(open_page(name, **query)) == []


def test_the_check_can_fail() -> None:
    def script() -> None:
        import streamlit as st

        st.session_state["choice"] = "b"
        st.segmented_control("Choice", ["a", "b"], key="choice")

    assert told(run(run(AppTest.from_function(script)))) == ["choice"]
