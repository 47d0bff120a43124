"""What a pupil has handed in to their class: to look at, to have shown or not, and to delete."""

import streamlit as st

from app_pages.components.html import percent, pixel_html, sentence
from app_pages.state import classes
from app_pages.state.widgets import show_value
from mnist_core.classroom.records import ClassroomError, Drawing, Pupil
from mnist_core.runs.naming import as_markdown

SIDE = 56  # px
FEW = 6  # drawings shown before somebody asks for all
ALL, PROBLEM = "class_own_all", "class_own_problem"  # in the session's state
STYLE = """<style>
[class*="st-key-class_own_row_"] { border-top: 1px solid rgb(128 128 150 / .25); padding-top: .6rem; }
[class*="st-key-class_own_row_"] :is(p, [data-testid="stMarkdownContainer"]) { margin: 0; }
[class*="st-key-class_own_row_"] > [data-testid="stElementContainer"]:has(.crisp) { flex: none; }
</style>"""


@st.fragment
def render_own_work() -> None:
    """Show what this visitor has handed in, if they are in a class."""
    if pupil := classes.pupil_here():
        try:
            _render(pupil)
        except ClassroomError as error:
            st.error(as_markdown(sentence(error)))


def _render(pupil: Pupil) -> None:
    store = classes.class_store()
    drawings, answers = store.drawings_of(pupil), store.counts(pupil.code)[0][pupil.number]
    runs = sum(entry.pupil == pupil.number for entry in store.entries(pupil.code))
    scores = sum(score.pupil == pupil.number for score in store.scores(pupil.code))
    st.html(STYLE)
    st.subheader("What you handed in", anchor=False)
    st.markdown(counts_in_words(answers, len(drawings), runs, scores))
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)
    for drawing in drawings if st.session_state.get(ALL) else drawings[:FEW]:
        render_drawing(pupil, drawing)
    if len(drawings) > FEW:
        st.toggle(f"Show all {len(drawings)} drawings", key=ALL)
    with st.container(horizontal=True, gap="small", key="class_own_ways"):
        if answers or drawings or runs or scores:
            with st.popover("Delete what I handed in", icon=":material/delete:", key="class_own_delete"):
                st.markdown(
                    "Answers, drawings, runs in the race and scores are deleted for good. You stay in the class."
                )
                st.button("Delete", on_click=delete_all, key="class_own_delete_press")
        with st.popover("Leave the class", icon=":material/logout:", key="class_leave"):
            st.markdown("You leave the class, and all that you handed in is deleted.")
            if st.button("Leave and delete", on_click=leave, key="class_leave_press"):
                st.rerun()  # the bar is no longer there


def counts_in_words(answers: int, drawings: int, runs: int, scores: int) -> str:
    """Return how much somebody has handed in, as a sentence."""
    counts = [(answers, "answer"), (drawings, "drawing"), (runs, "run in the race"), (scores, "score")]
    parts = [f"{count} {plural(word) if count > 1 else word}" for count, word in counts if count]
    if not parts:
        return "Nothing so far. Answer a question of the course, or hand in a drawing on Draw."
    return f"{', '.join(parts[:-1])}{' and ' if parts[:-1] else ''}{parts[-1]}."


def plural(words: str) -> str:
    """Return the plural of "answer" or "run in the race"."""
    first, *rest = words.split(" ")
    return " ".join([f"{first}s", *rest])


def render_drawing(pupil: Pupil, drawing: Drawing) -> None:
    """Show a drawing, whether the class may see it, and how to delete it."""
    number = drawing.number
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"class_own_row_{number}"):
        st.html(pixel_html(drawing.image, SIDE, f"your drawing of a {drawing.digit}"), width="content")
        sure = percent(drawing.confidence, escaped=False)
        st.markdown(f"Meant **{drawing.digit}**, read as **{drawing.answer}**, {sure} sure", width="stretch")
        key = f"class_own_shown_{number}"
        shown = show_value(key, drawing.may_be_shown)
        st.toggle("May be shown", shown, key=key, on_change=allow, args=(pupil, number, key))
        st.button(
            "Delete", icon=":material/delete:", type="tertiary", key=f"class_own_remove_{number}",
            on_click=remove, args=(pupil, number),
        )  # fmt: skip


def allow(pupil: Pupil, number: int, key: str) -> None:
    """Agree that a drawing is shown to the class, or take that back, in a callback."""
    try:
        classes.class_store().allow_showing(pupil, number, bool(st.session_state[key]))
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def remove(pupil: Pupil, number: int) -> None:
    """Delete a drawing, in a callback."""
    try:
        classes.class_store().remove_drawing(pupil, number)
        classes.class_state().handed_in = None
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def delete_all() -> None:
    """Delete all that this visitor handed in, in a callback."""
    try:
        if pupil := classes.pupil_here():
            classes.class_store().remove_handed_in(pupil)
            classes.class_state().handed_in = None
            classes.class_state().waiting.clear()
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))


def leave() -> None:
    """Leave the class, in a callback."""
    try:
        classes.leave()
    except ClassroomError as error:
        st.session_state[PROBLEM] = as_markdown(sentence(error))
