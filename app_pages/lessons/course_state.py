"""What one visitor did in the course: the step on the screen, and the answers given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from mnist_core.course.catalog import STEPS


@dataclass
class CourseState:
    """What one visitor did in the course.

    Attributes:
        step: the key of the step on the screen.
        answers: the place of the option chosen last, by the key of the step.
    """

    step: str = STEPS[0].key
    answers: dict[str, int] = field(default_factory=dict)


def course_state() -> CourseState:
    """Return this visitor's state."""
    if "course" not in st.session_state:
        st.session_state.course = CourseState()
    current: CourseState = st.session_state.course
    return current


def answers_in(kept: object) -> dict[str, int]:
    """Return those answers among what a browser kept that belong to a question of the course; all else is dropped."""
    if not isinstance(kept, Mapping):
        return {}
    return {
        step.key: kept[step.key]
        for step in STEPS
        if type(kept.get(step.key)) is int and 0 <= kept[step.key] < len(step.question.options)
    }
