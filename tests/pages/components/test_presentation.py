"""Presentation mode: it lasts from page to page until it is left."""

from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.components import presentation
from tests.made import Miniature
from tests.pages.opening import html_of, open_page, run


def is_large(page: AppTest) -> bool:
    """Tell whether a page has the large type of a presentation, at least 1.5 times 17 px."""
    return any("html { font-size: 25.5px" in text for text in html_of(page))


def go_to(page: AppTest, name: str) -> AppTest:
    """Go to a page by a link that has no query, as a button on a page does."""
    page.query_params.clear()
    return run(page.switch_page(f"app_pages/{name}.py"))


@pytest.mark.parametrize("name", ["draw", "browse", "train", "learn"])
def test_a_link_begins_a_presentation_on_every_page_and_links_go_on_with_it(name: str, miniature: Miniature) -> None:
    page = open_page(name, present="1")
    assert is_large(page)
    links = [parse_qs(link.proto.query_string) for link in page.get("page_link")]
    assert all(link["present"] == ["1"] for link in links)
    assert not is_large(open_page(name))


def test_a_presentation_goes_on_where_a_button_leads_to_another_page(miniature: Miniature) -> None:
    page = go_to(open_page("learn", present="1"), "draw")
    assert is_large(page) and page.query_params["present"] in ("1", ["1"])


@pytest.mark.parametrize("value", ["0", "", "yes"])
def test_another_value_ends_it(value: str, miniature: Miniature) -> None:
    page = open_page("learn", present="1")
    page.query_params["present"] = value
    assert not is_large(run(page))
    assert not is_large(go_to(page, "draw"))


def test_going_back_to_the_same_page_without_the_flag_ends_it(miniature: Miniature) -> None:
    page = open_page("learn", present="1")
    page.query_params.clear()
    assert not is_large(run(page))


def test_the_button_begins_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters: dict[str, str] = {}
    monkeypatch.setattr(st, "query_params", parameters)
    monkeypatch.setattr(st, "session_state", {})
    presentation.toggle()
    presentation.keep("Draw")
    assert presentation.is_presenting() and parameters == {"present": "1"}
    presentation.toggle()
    presentation.keep("Browse")
    assert not presentation.is_presenting() and parameters == {}
