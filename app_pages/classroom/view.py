"""The view "Class": who it is for decides what it shows."""

import streamlit as st

from app_pages.classroom.joining import render_joining
from app_pages.classroom.kept import render_kept
from app_pages.classroom.looks import STYLE
from app_pages.classroom.projector import render_projector
from app_pages.classroom.teaching import render_live_part, render_teaching, restored_part
from app_pages.components.html import sentence
from app_pages.components.presentation import is_presenting
from app_pages.components.teacher_log_in import render_log_in
from app_pages.state import address, classes, teacher
from app_pages.state.session import session
from mnist_core.classroom.records import ClassroomError
from mnist_core.runs.naming import as_markdown

READABLE = 760  # px, the longest line of text
INTRODUCTION = (
    "A class works on the same lesson together. The teacher sees who is at which step, what everybody answered and how "
    "the model reads their drawings. Nobody needs an account or a name."
)
HOW_TO_TEACH = (
    "To teach a class, start the server with a password in the environment variable `TEACHER_PASSWORD`. Whoever knows "
    "it can open classes here."
)


def render_classroom() -> None:
    """Show the projector in a presentation, the class to its teacher, and the way in to everybody else."""
    st.html(STYLE)
    try:
        if code := classes.class_state().taught:
            address.put(classes.PARAMETER, code, quietly=True)
        if is_presenting():
            render_presented(classes.class_state().taught)
        elif session().is_teacher:
            render_teaching()
        else:
            render_way_in()
    except ClassroomError as error:
        st.error(as_markdown(sentence(error)))


def render_presented(code: str) -> None:
    """Show an audience the way into the class or a drawing; a teacher who looks at the answers presents these."""
    if session().is_teacher and restored_part() == "answers" and classes.version_of(code):
        render_live_part("answers", code)
    else:
        render_projector(code)


def render_way_in() -> None:
    """Let a pupil join, and the teacher log in."""
    pupil = classes.current_pupil()
    if pupil is None:
        st.markdown(INTRODUCTION, width=READABLE)
    render_joining(classes.class_state().taught)
    with st.expander("For the teacher", icon=":material/school:", key="class_teacher"):
        if teacher.is_teacher_possible():
            render_log_in("class")
        else:
            st.markdown(HOW_TO_TEACH, width=READABLE)
    render_kept(classes.find(pupil.code) if pupil else None, is_open=pupil is not None)
