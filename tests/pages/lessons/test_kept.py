"""Results that are kept for a visit: each is computed until it is there, and never again."""

import pytest
import streamlit as st

from app_pages.lessons.controls.kept import kept


def test_a_result_is_computed_until_it_is_there_and_then_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    results = iter([None, 0, 7])
    assert [kept("runs", "a", lambda: next(results)) for _ in range(4)] == [None, 0, 0, 0]
    assert kept("runs", "b", lambda: next(results)) == 7
    assert kept("others", "a", lambda: None) is None
