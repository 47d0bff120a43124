"""The visitor's token: a page takes over the one that its browser already keeps, with its runs."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.components import visitor_cookie
from app_pages.state import resources
from app_pages.state.session import Session
from mnist_core.runs.run import RunState
from tests.made import Miniature
from tests.pages.opening import open_page, run
from tests.pages.test_train import start
from tests.waiting import wait_for

KEPT = "0123456789abcdef" * 2


def report(page: AppTest, token: object, patch: pytest.MonkeyPatch) -> str:
    """Let the page's browser report the token that it keeps; returns the visitor's token then."""
    held: Session = page.session_state["session"]
    patch.setattr(visitor_cookie, "session", lambda: held)
    patch.setattr(st, "session_state", {visitor_cookie.KEY: {"token": token}})
    visitor_cookie.take_token()
    return held.visitor


def test_a_second_page_of_a_browser_becomes_the_visitor_of_the_first_and_keeps_its_own_run(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("train")
    done = start(page)
    wait_for(lambda: done.state is RunState.FINISHED)
    assert done.owner != KEPT
    with monkeypatch.context() as patch:
        assert report(page, KEPT, patch) == KEPT
    assert done.owner == KEPT and [each.owner for each in resources.registry().all_runs()] == [KEPT]
    assert "train_delete_yes" in {button.key for button in run(page).button}


@pytest.mark.parametrize("token", ["", None, "0" * 31, "<script>", 3, "0" * 5_000])
def test_a_token_that_is_not_this_apps_changes_nothing(token: object, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("draw")
    before = page.session_state["session"].visitor
    with monkeypatch.context() as patch:
        assert report(page, token, patch) == before


@pytest.mark.parametrize("name", ["draw", "browse", "train", "learn"])
def test_every_page_has_the_browser_keep_the_token(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(visitor_cookie, "_mount", lambda **given: kept.append(given["data"]["token"]))
    page = open_page(name)
    assert kept == [page.session_state["session"].visitor]


def test_a_browser_that_sent_its_token_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("app_pages.state.session", "app_pages.components.visitor_cookie"):
        monkeypatch.setattr(f"{module}.cookie_token", lambda: KEPT)
    monkeypatch.setattr(visitor_cookie, "_mount", lambda **given: pytest.fail("the cookie was set again"))
    assert open_page("draw").session_state["session"].visitor == KEPT
