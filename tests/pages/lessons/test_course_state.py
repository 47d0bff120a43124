"""What the course remembers about a visitor, and what it takes from a browser."""

from typing import Any

import pytest
import streamlit as st

from app_pages.lessons import course_outline
from app_pages.lessons.course_state import CourseState, answers_in, course_state
from mnist_core.course.catalog import STEPS


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session of its own."""
    state: Any = type("State", (dict,), {"__getattr__": dict.__getitem__, "__setattr__": dict.__setitem__})()
    monkeypatch.setattr(st, "session_state", state)
    return state


NO_ANSWERS: list[object] = [None, "x", 3, [], ["gradient"]]
NO_PLACES: list[object] = [2, -1, "0", True, None, 0.0]


@pytest.mark.parametrize("kept", [*NO_ANSWERS, *({"gradient": place} for place in NO_PLACES), {"no-such-step": 0}])
def test_what_is_no_answer_is_dropped(kept: object) -> None:
    assert answers_in(kept) == {}


def test_answers_are_taken() -> None:
    assert answers_in({"gradient": 1, "loop": 0, "x": 3}) == {"gradient": 1, "loop": 0}


def test_the_answers_of_this_visit_win_over_those_that_the_browser_kept(session: dict[str, Any]) -> None:
    course_state().answers = {"loop": 1}
    session[course_outline.KEY] = {"answers": {"loop": 0, "gradient": 1, "view": 99}}
    course_outline.take_answers()
    assert course_state().answers == {"loop": 1, "gradient": 1}


@pytest.mark.parametrize(("clicked", "shown"), [("loop", "loop"), ("no-such-step", "install"), (7, "install")])
def test_a_click_shows_a_step_that_exists(session: dict[str, Any], clicked: object, shown: str) -> None:
    session[course_outline.KEY] = {"step": clicked}
    course_outline.take_step()
    assert course_state().step == shown


def test_the_outline_has_every_step_once_and_marks_the_current_chapter(session: dict[str, Any]) -> None:
    session["course"] = CourseState("mlp", {"mlp": 1})
    told = course_outline.outline()
    steps = [step for chapter in told["chapters"] for step in chapter["steps"]]
    assert [(each["key"], each["number"], each["title"]) for each in steps] == [
        (step.key, number, step.title) for number, step in enumerate(STEPS, start=1)
    ]
    assert [chapter["title"] for chapter in told["chapters"] if chapter["isCurrent"]] == ["Networks"]
    assert (told["current"], told["answers"]) == ("mlp", {"mlp": 1})
