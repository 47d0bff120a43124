"""What a visitor did and chose: the model that the URL names, and the drawing, in a session of their own."""

import numpy as np
import pytest

from app_pages.state.session import TOKEN, Session, visitor_token
from mnist_core.ink.strokes import Strokes
from tests.pages.opening import open_page


def test_two_visitors_have_two_sessions() -> None:
    one, other = (open_page().session_state["session"] for _ in range(2))
    assert one.visitor != other.visitor


def test_a_drawing_keeps_each_stroke_and_is_read_at_the_width_of_the_widest_brush() -> None:
    lines = np.array([[80.0, 70], [190, 70]]), np.array([[190.0, 70], [120, 220]])
    state = Session(strokes=(Strokes(lines[:1], brush=12), Strokes(lines[1:], brush=30)))
    assert state.drawing is not None
    assert state.drawing.brush == 30 and len(state.drawing.lines) == 2


def test_a_drawing_that_is_set_becomes_one_stroke_per_line() -> None:
    lines = np.array([[80.0, 70], [190, 70]]), np.array([[190.0, 70], [120, 220]])
    state = Session()
    state.drawing = Strokes(lines, brush=12)
    assert [stroke.brush for stroke in state.strokes] == [12, 12]
    state.drawing = None
    assert state.strokes == () and state.drawing is None


@pytest.mark.parametrize("cookie_token", ["", "0123456789abcdef0123456789abcdef", "<script>", "0123"])
def test_a_visitor_is_recognised_only_by_a_token_of_this_app(
    cookie_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app_pages.state.session.cookie_token", lambda: cookie_token)
    token = visitor_token()
    assert TOKEN.fullmatch(token)
    assert (token == cookie_token) == (len(cookie_token) == 32)
