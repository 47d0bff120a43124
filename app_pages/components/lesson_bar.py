"""The bar above a page while a visitor follows a lesson of a teacher's own: the step, and the ways back and on."""

import html

import streamlit as st

from app_pages.components import hidden_controls, presentation
from app_pages.state import own_lessons
from app_pages.state.own_lessons import lesson_place, step_parameters
from mnist_core.sharing.lesson_file import LessonFile

STYLE = """<style>
.st-key-lesson_bar { border-left: 4px solid var(--accent); padding: .1rem 0 .1rem 1rem; }
.lesson-step p { margin: 0; }
.lesson-step .where { font-size: .875rem; color: var(--caption); }
.lesson-step .title { font-weight: 700; font-size: 1.1rem; }
.lesson-step .text { max-width: 46rem; white-space: pre-line; }
.lesson-step p { overflow-wrap: anywhere; }
[class*="st-key-lesson_"] a:not(:hover) { background: none; }
[class*="st-key-lesson_"] a :is(p, span) { font-weight: 400; }
[class*="st-key-lesson_"] [class*="st-key-lesson_on"] a { background: var(--accent); }
[class*="st-key-lesson_"] [class*="st-key-lesson_on"] a :is(p, span) { color: var(--on-accent); font-weight: 600; }
</style>"""


def render_lesson_bar() -> None:
    """Show the step of the lesson that the visitor follows, if they follow one."""
    own_lessons.follow_link()
    place = lesson_place()
    lesson = own_lessons.known_lessons()[0].get(place.name) if place.step else None
    if lesson is None or place.step > len(lesson.steps):  # the file was changed or removed meanwhile
        place.step = 0
    own_lessons.put_into_link()
    if lesson is None or not place.step:
        return
    st.html(STYLE)
    with st.container(key="lesson_bar", gap="xsmall"):
        st.html(step_html(lesson, place.step))
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lesson_bar_ways"):
            if place.step > 1:
                step_link(lesson, place.name, place.step - 1, "Previous step", ":material/arrow_back:")
            if place.step < len(lesson.steps):
                with st.container(key="lesson_on", width="content"):
                    step_link(lesson, place.name, place.step + 1, "Next step", ":material/arrow_forward:")
            st.button("Leave the lesson", type="tertiary", key="lesson_leave", on_click=_leave)


def _leave() -> None:
    own_lessons.leave()
    hidden_controls.show_all()


def step_html(lesson: LessonFile, step: int) -> str:
    """Return what a step is about as HTML."""
    shown = lesson.steps[step - 1]
    where = f"{html.escape(lesson.title)} · step {step} of {len(lesson.steps)}"
    text = f'<p class="text">{html.escape(shown.text)}</p>' if shown.text else ""
    return (
        f'<div class="lesson-step"><p class="where">{where}</p><p class="title">{html.escape(shown.title)}</p>'
        f"{text}</div>"
    )


def step_link(lesson: LessonFile, name: str, step: int, label: str, icon: str = "") -> None:
    """Offer to go to a step of a lesson."""
    parameters = step_parameters(lesson, name, step)
    if not any(each == presentation.FLAG for each, _ in parameters):
        parameters += presentation.link_parameters().items()
    st.page_link(
        f"app_pages/{lesson.steps[step - 1].page or 'draw'}.py", label=label, icon=icon or None, query_params=parameters
    )
