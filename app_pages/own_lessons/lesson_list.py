"""Lessons of a teacher's own: choose one, see its steps, begin; or upload a file."""

import html

import streamlit as st

from app_pages.components.html import sentence
from app_pages.components.lesson_bar import STYLE, step_link
from app_pages.state import address, own_lessons
from app_pages.state.own_lessons import PARAMETER, UPLOADED, lesson_place
from app_pages.state.widgets import show_value
from mnist_core.runs.naming import as_markdown
from mnist_core.sharing.lesson_file import MAX_BYTES, LessonFile, parse_lesson

CHOICE, FILE = "lessons_choice", "lessons_file"  # the keys of widgets
READABLE = 760  # px, the longest line of text
INTRODUCTION = (
    "A lesson leads through the app step by step. Each step opens a page as the teacher left it, with what to do "
    "above it."
)
HOW_TO = (
    "A lesson is a small text file: a title, and steps with a title, a text and a link each. Copy the links with "
    "**Link** at the top of any page. Begin with the example, and change it."
)


def render_lessons() -> None:
    """Show the lessons that there are, the chosen one with its steps, and how to add one."""
    st.html(STYLE)
    st.markdown(INTRODUCTION, width=READABLE)
    lessons, problems = own_lessons.known_lessons()
    for problem in problems:
        st.warning(as_markdown(f"A lesson file was left out. {problem}"), icon=":material/draft:")
    if lessons:
        name = choose_lesson(lessons)
        render_lesson(name, lessons[name])
    render_upload()


def choose_lesson(lessons: dict[str, LessonFile]) -> str:
    """Ask which lesson to show, if there are several, and keep it in the URL."""
    place, names = lesson_place(), list(lessons)
    if place.name not in lessons:
        place.name, place.step = names[0], 0
    if len(names) > 1:
        shown = names.index(show_value(CHOICE, place.name))
        st.selectbox("Lesson", names, shown, format_func=lambda name: lessons[name].title, key=CHOICE, on_change=choose)
    if not place.step:
        address.put(PARAMETER, place.name)
    return place.name


def choose() -> None:
    """Show the lesson that was chosen, from its beginning."""
    place = lesson_place()
    place.name, place.step = str(st.session_state[CHOICE]), 0


def render_lesson(name: str, lesson: LessonFile) -> None:
    """Show a lesson: its title, its text, and its steps with their links."""
    st.header(as_markdown(lesson.title), anchor=False)
    if lesson.text:
        st.html(f'<div class="lesson-step"><p class="text">{html.escape(lesson.text)}</p></div>')
    with st.container(key="lesson_steps", gap="xsmall"):
        for number, step in enumerate(lesson.steps, start=1):
            step_link(lesson, name, number, f"{number}. {as_markdown(step.title)}")
        with st.container(key="lesson_on_list", width="content"):
            step_link(lesson, name, 1, "Begin", ":material/play_arrow:")


def render_upload() -> None:
    """Offer to read a lesson from a file, and the example to begin with."""
    with st.expander("A lesson of your own", icon=":material/upload_file:", key="lessons_own"):
        st.markdown(HOW_TO, width=READABLE)
        st.download_button(
            "Download the example",
            (own_lessons.SHIPPED / "example.toml").read_bytes(),
            "example.toml",
            mime="application/toml",
            icon=":material/download:",
            key="lessons_example",
            on_click="ignore",
        )
        st.file_uploader(
            f"Lesson file (.toml, at most {MAX_BYTES // 1_000} KB)", type="toml", key=FILE, on_change=upload
        )
        if problem := st.session_state.get("lessons_problem"):
            st.error(as_markdown(sentence(problem)))


def upload() -> None:
    """Read the file that was handed in, and show its lesson or say what is wrong with it."""
    file, place = st.session_state[FILE], lesson_place()
    st.session_state.lessons_problem = ""
    if file is None:
        return
    try:
        place.uploaded = parse_lesson(file.getvalue(), own_lessons.PAGES)
    except ValueError as error:
        st.session_state.lessons_problem = str(error)
    else:
        place.name, place.step = UPLOADED, 0
