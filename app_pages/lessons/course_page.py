"""The course, one step at a time: what is done and why, a question, the code, its output, something to play with."""

import re

import streamlit as st

from app_pages.components import missing_data
from app_pages.components.header import link_parameters
from app_pages.components.presentation import FOLLOWING, PREVIOUS, is_presenting
from app_pages.components.worksheets import worksheet_link
from app_pages.lessons.controls import CONTROLS
from app_pages.lessons.course_outline import course_outline
from app_pages.lessons.course_state import course_state
from app_pages.lessons.live_outputs import LIVE, lesson_or_reason
from app_pages.lessons.output_html import recorded_html
from app_pages.state import address, classes, resources
from app_pages.state.widgets import show_value
from mnist_core.course.catalog import NUMBERS, STEPS, chapter_of
from mnist_core.course.execution import Output
from mnist_core.course.notebooks import FOLDER, shipped_outputs
from mnist_core.course.step import Chapter, Step
from mnist_core.data.split import BrokenDataError, MissingDataError
from mnist_core.runs.naming import as_markdown

PARAMETER = "step"  # in the URL: the key of the step, or its number
NEXT = ":material/arrow_forward:"
READABLE = 760  # px, the longest line of text
STYLE = """<style>
.st-key-lessons_step { scroll-margin-top: 4.5rem; }
.st-key-lessons_step [data-testid="stHeading"] h2 { padding: 0 0 .2rem; }
.st-key-lessons_question { max-width: 760px; }
.learn-output { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem 1rem; }
.learn-output pre { margin: 0; padding: 0; border: 0; background: none; color: inherit; font-size: .82rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.learn-output pre.table { white-space: pre; overflow-x: auto; margin-bottom: .6rem; }
.learn-output figure { margin: 0; font-size: .82rem; width: fit-content; text-align: center; }
.learn-output .drawn { display: block; width: 36rem; max-width: 100%; height: auto; }
.st-key-lessons_step [data-testid="stCode"] code { font-size: .85rem; }
.learn-output .row { display: grid; grid-template-columns: repeat(4, minmax(0, 84px)); gap: .3rem .6rem; }
@media (max-width: 640px) {
  .st-key-lessons_step [data-testid="stCode"] code { font-size: .74rem; }
}
@media (min-width: 641px) {
  .st-key-lessons_outline { position: sticky; top: 4rem; }
}
</style>"""
PRESENTED_STYLE = """<style>
.learn-output pre.table { font-size: .7rem; }
.st-key-lessons_question { max-width: none; }
</style>"""
INTRODUCTION = (
    "In linear regression, a model turns a few numbers into one. To classify digits, a model turns the 784 pixels "
    "of an image into ten numbers, one for each digit; the largest is its answer. Tensors, gradients and the "
    "training loop stay the same. What is new is the data, so the course starts with the data."
)
IS_LIVE = "This output is real: the app ran this code on your data, without downloading the files again."
IS_RECORDED = "Recorded with MNIST, when the notebook of this chapter was made."


def render_course() -> None:
    """Show the step that the link says or that was chosen last, beside the list of all steps."""
    st.html(STYLE + (PRESENTED_STYLE if is_presenting() else ""))
    follow_link()
    step = STEPS[NUMBERS[course_state().step] - 1]
    address.put(PARAMETER, *([step.key] if step is not STEPS[0] else []))
    classes.class_state().step = step.key
    if is_presenting():
        render_step(step)
        return
    outline, content = st.columns([1, 3], gap="medium")
    with outline, st.container(key="lessons_outline"):
        course_outline()
    with content:
        render_step(step)


def follow_link() -> None:
    """Show the step that a link or an entry of the browser's history names."""
    state = course_state()
    if named := address.named(PARAMETER):
        key = key_of(named[-1])
        if key is None:
            address.say_unknown("This link names a step that does not exist, so it shows the first one.")
        state.step = key or STEPS[0].key
    elif address.is_restored():
        state.step = STEPS[0].key


def key_of(text: str) -> str | None:
    """Return the key of a step by its key or its number, the nearest one where there is none with that number."""
    if text in NUMBERS:
        return text
    if re.fullmatch(r"\d{1,3}", text):
        return STEPS[min(max(int(text), 1), len(STEPS)) - 1].key
    return None


def turn(steps: int) -> None:
    """Show another step when the page runs next, so many steps on.

    NOTE: counted from the step that the page shows, not the one that the button was made for: a step is on the screen
    before its own buttons are, and a press that is quicker than these would lead past a step.
    """
    state = course_state()
    state.step = STEPS[min(max(NUMBERS[state.step] - 1 + steps, 0), len(STEPS) - 1)].key


def render_step(step: Step) -> None:
    """Show one step."""
    with st.container(key="lessons_step", gap="medium"):
        # NOTE: at places that are the same for every step, and the way on first: while one step is drawn over another,
        # Back and Next stay on the page, and no press of an arrow key is lost.
        body, way_on = st.container(gap="medium"), st.container(gap="medium")
        with way_on:
            render_way_on(step)
        with body:
            st.header(f"{NUMBERS[step.key]}. {step.title}", anchor=False)
            if step is STEPS[0] and not is_presenting():
                st.markdown(INTRODUCTION, width=READABLE)
            st.markdown(step.explanation, width=READABLE if not is_presenting() else "stretch")
            render_question(step)
            render_code(step)
            st.subheader("Explore", anchor=False)
            CONTROLS[step.key]()


def render_code(step: Step) -> None:
    """Show a step's code and its output; in a presentation, side by side."""
    if is_presenting():
        code_column, output_column = st.columns(2, gap="medium", vertical_alignment="center")
    else:
        code_column = output_column = st.container(gap="small")
    code_column.code(step.code, language="python", wrap_lines=True)
    with output_column:
        html, words = output_of(step)
        st.html(html)
        if not is_presenting():
            st.caption(words)


def render_question(step: Step) -> None:
    """Ask the step's question; once it is answered, say what is right and why."""
    state, question, key = course_state(), step.question, f"lessons_answer_{step.key}"
    given = state.answers.get(step.key)
    with st.container(border=True, key="lessons_question"):
        st.radio(
            f"**Predict first:** {question.words}",
            range(len(question.options)),
            format_func=lambda place: question.options[place],
            index=show_value(key, given),
            key=key,
            on_change=take_answer,
            args=(step.key, key),
        )
        if given is not None:
            right = f"The answer is: {question.options[question.answer]}."
            verdict = "**Right.**" if given == question.answer else f"**Not quite.** {right}"
            st.markdown(f"{verdict} {question.explanation}")
        render_for_class(step)


def render_for_class(step: Step) -> None:
    """Say once to a pupil of a class who sees the answer, and say it of an answer that waits."""
    state, pupil = classes.class_state(), classes.pupil_here()
    if pupil is None:
        return
    if step.key in state.waiting:
        st.caption("Your class is paused. Your answer is handed in when your teacher goes on.")
    elif not course_state().answers:
        name = as_markdown(pupil.name)
        whose = f"not your name: you are {name}" if not pupil.nickname else f"as that of “{name}”, and no other name"
        st.caption(f"Your class's teacher sees your first answer, {whose}.")


def take_answer(step: str, key: str) -> None:
    """Keep the answer that was chosen."""
    if (chosen := st.session_state[key]) is not None:
        course_state().answers[step] = chosen
        classes.answer(step, chosen)


def output_of(step: Step) -> tuple[str, str]:
    """Return the output of a step's code as HTML, and where it is from; offer MNIST where it should be there."""
    if step.key not in LIVE:
        shown = recorded_html(shipped_outputs().get(step.key, Output()), step.figure)
        return f'<div class="learn-output">{shown}</div>', IS_RECORDED
    lesson, error = lesson_or_reason()
    words = IS_LIVE
    if error:
        words = f"This output is for **{resources.available_split('train').source}**."
        offer_mnist(error)
    return f'<div class="learn-output">{LIVE[step.key](lesson)}</div>', words


def offer_mnist(error: MissingDataError | BrokenDataError) -> None:
    """Say what the outputs are for, and offer the ways to get MNIST; an audience is only told."""
    source = resources.available_split("train").source
    if is_presenting():
        st.markdown(f"The output is for **{source}**.")
    else:
        missing_data.offer_mnist(f"Until MNIST is available, the outputs of this chapter are for **{source}**.", error)


def render_way_on(step: Step) -> None:
    """Offer the step before and the step after; in a presentation, the arrow keys press the buttons too."""
    number = NUMBERS[step.key]
    before, after = number > 1, number < len(STEPS)
    keys = (PREVIOUS, FOLLOWING) if is_presenting() else ("lessons_back", "lessons_next")
    if not after and not is_presenting():
        render_next()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", key=keys[0], disabled=not before, on_click=turn, args=(-1,))
        is_main = not is_presenting()
        st.button(
            "Next", key=keys[1], type="primary" if is_main else "secondary", disabled=not after, on_click=turn,
            args=(1,),
        )  # fmt: skip
        if is_presenting():
            st.markdown(f"{number} of {len(STEPS)}")
        else:
            st.space("stretch")
            render_download(chapter_of(step.key))
    if not is_presenting():
        render_worksheets(chapter_of(step.key))


def render_worksheets(chapter: Chapter) -> None:
    """Link to what a teacher prints for a lesson on a chapter."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="lessons_print"):
        st.caption(f"“{chapter.title}” in class, to print:", width="content")
        for label, is_for_teacher in (("Worksheet", False), ("Teacher's notes", True)):
            link = worksheet_link(chapter.name, is_for_teacher=is_for_teacher)
            st.link_button(label, link, icon=":material/print:", type="tertiary")


def render_download(chapter: Chapter) -> None:
    """Offer a chapter as a notebook, with its outputs."""
    path = FOLDER / f"{chapter.name}.ipynb"
    if path.is_file():
        st.download_button(
            "Chapter as a notebook",
            path.read_bytes,  # called when somebody clicks
            path.name,
            mime="application/x-ipynb+json",
            icon=":material/download:",
            type="tertiary",
            key="lessons_notebook",
            on_click="ignore",
            help=f"“{chapter.title}” for Jupyter: the same text, code and outputs. It runs on its own.",
        )


def render_next() -> None:
    """Link to the pages that continue from here."""
    st.subheader("What to do next", anchor=False)
    st.markdown("You have built, trained and doubted three models. The app has more of each.")
    for page, label in (
        ("train", "Train a model of your own and watch it learn"),
        ("draw", "Draw a digit and see it become a tensor"),
    ):
        st.page_link(f"app_pages/{page}.py", label=label, icon=NEXT, query_params=link_parameters())
