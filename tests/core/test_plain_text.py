"""Text that somebody typed, as plain text on one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.plain_text import plain_line


@given(st.text(max_size=300))
def test_a_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = plain_line(text, 300, "name") if len(text) < 100 else ""
    assert line == line.strip() and "\n" not in line and "\u202e" not in line
    assert plain_line(line, 300, "name") == line


def test_marks_stay_and_what_cannot_be_seen_goes() -> None:
    assert plain_line(" <b>\tA\u202e\x00 &\n ", 20, "name") == "<b> A &"
    assert plain_line("e\u0301", 1, "name") == "é"


@pytest.mark.parametrize("text", ["x" * 21, "x" * 1_000_000])
def test_a_long_text_is_refused_before_anything_is_done_with_it(text: str) -> None:
    with pytest.raises(ValueError, match="choose a title of at most 20 characters"):
        plain_line(text, 20, "title")
