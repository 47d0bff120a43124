"""Join a class: its code, and a nickname if one likes; then what one has handed in to it."""

import streamlit as st

from app_pages.classroom.own_work import render_own_work
from app_pages.components.class_bar import lesson_link
from app_pages.components.html import sentence
from app_pages.state import classes
from mnist_core.classroom.codes import checked_code
from mnist_core.classroom.records import MAX_NICKNAME, Pupil
from mnist_core.runs.naming import as_markdown

CODE, NICKNAME = "class_code", "class_nickname"  # the keys of the widgets
PROBLEM = "class_join_problem"  # in the session's state


def render_joining(code: str) -> None:
    """Ask for the code of a class, or say which class this visitor has joined.

    Args:
        code: of the class that a link names, "" for none.
    """
    if pupil := classes.current_pupil():
        render_joined(pupil)
        if not code or code == pupil.code:
            return
        st.subheader("Join another class", anchor=False)
    if code:
        st.session_state.setdefault(CODE, code)
    with st.form("class_join", border=False, width=420):
        st.text_input("Code of the class", max_chars=20, key=CODE, placeholder="six letters", autocomplete="off")
        st.text_input(
            "Nickname (optional)",
            max_chars=MAX_NICKNAME,
            key=NICKNAME,
            placeholder="you will be a number without one",
            autocomplete="off",
        )
        st.form_submit_button("Join", type="primary", icon=":material/login:", on_click=join, key="class_join_press")
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)


def join() -> None:
    """Join the class whose code was typed, or keep what is wrong with it to be said."""
    try:
        classes.join(checked_code(str(st.session_state[CODE])), str(st.session_state[NICKNAME]))
    except ValueError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def render_joined(pupil: Pupil) -> None:
    """Say which class this visitor has joined, lead to its lesson, and show what they have handed in."""
    st.success(f"You are **{as_markdown(pupil.name)}** in class **{pupil.code}**.", icon=":material/check_circle:")
    if room := classes.find(pupil.code):
        lesson_link(room, "Go to what your class works on")
    render_own_work()
