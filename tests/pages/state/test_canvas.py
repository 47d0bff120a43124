"""How many strokes of the background the browser says are removed, whatever it sends."""

import pytest
import streamlit as st

from app_pages.state.canvas import removed_from_background


@pytest.mark.parametrize(
    ("sent", "removed"),
    [
        ({"removed": {"canvas": "draw_canvas_3", "count": 2}}, 2),
        ({"removed": {"canvas": "draw_canvas_3", "count": 10**30}}, 4),
        ({"removed": {"canvas": "draw_canvas_3", "count": -1}}, 0),
        ({"removed": {"canvas": "draw_canvas_2", "count": 2}}, 0),  # of the canvas before
        ({"removed": {"canvas": "draw_canvas_3", "count": "2"}}, 0),
        ({"removed": {"canvas": "draw_canvas_3"}}, 0),
        ({"removed": [2]}, 0),
        ({}, 0),
        (2, 0),
        (None, 0),
    ],
)
def test_what_is_removed_is_counted_for_this_canvas_only_and_bounded(
    monkeypatch: pytest.MonkeyPatch, sent: object, removed: int
) -> None:
    monkeypatch.setattr(st, "session_state", {"draw_controls": sent})
    assert removed_from_background("draw_canvas_3", 4) == removed
