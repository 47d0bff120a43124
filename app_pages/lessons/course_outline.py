"""The steps of the course as a list: where one is and what is answered, which the browser keeps."""

from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.lessons.course_state import answers_in, course_state
from mnist_core.course.catalog import CHAPTERS, NUMBERS, chapter_of

KEY = "course_outline"

_FILE = Path(__file__)
_mount = st.components.v2.component(
    KEY,
    html='<details class="outline"><summary></summary><nav aria-label="Steps of the course"><ol></ol></nav></details>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


def course_outline() -> None:
    """Show the chapters with the steps of the current one; a click shows a step, and an answered step has a mark."""
    _mount(key=KEY, data=outline(), on_step_change=take_step, on_answers_change=take_answers)


def outline() -> dict[str, Any]:
    """Return what the browser has to know."""
    state = course_state()
    current = chapter_of(state.step)
    return {
        "current": state.step,
        "answers": state.answers,
        "chapters": [
            {
                "title": chapter.title,
                "isCurrent": chapter is current,
                "steps": [
                    {"key": step.key, "number": NUMBERS[step.key], "title": step.title} for step in chapter.steps
                ],
            }
            for chapter in CHAPTERS
        ],
    }


def take_step() -> None:
    """Show the step that was clicked."""
    key = st.session_state[KEY].get("step")
    if isinstance(key, str) and key in NUMBERS:
        course_state().step = key


def take_answers() -> None:
    """Take over the answers of an earlier visit that the browser kept; those of this visit stay."""
    state = course_state()
    state.answers = answers_in(st.session_state[KEY].get("answers")) | state.answers
