"""The drawings that a class handed in: how well the model reads them, and one of them for the projector."""

import numpy as np
import streamlit as st

from app_pages.components.confusion_table import confusion_table
from app_pages.components.html import percent, pixel_html
from app_pages.components.image_grid import Tile, picture_grid
from app_pages.components.leaving import show_view_of_learn
from app_pages.state.classes import class_store
from app_pages.state.handwriting import MAX_COLLECTED, handwriting
from mnist_core.classroom.records import Classroom, ClassroomError, Drawing
from mnist_core.constants import CLASSES
from mnist_core.runs.naming import as_markdown

SHOWN = 100  # drawings in the grid at most
FILTER, CHOSEN = "class_cell", "class_drawing"  # in the session's state
ENLARGED = 168  # px
READABLE = 760  # px, the longest line of text


def render_drawings(code: str) -> None:
    """Show a class's drawings with its accuracy and its confusion matrix."""
    store = class_store()
    room, counts = store.find(code), store.confusion(code)
    total, right = int(counts.sum()), int(np.trace(counts))
    if room is None or not total:
        st.info("No drawings yet. Pupils hand them in on Draw.")
        return
    st.markdown(
        "The model learned from other people's handwriting. Yours is a test that it has not seen. **Ask the class:** "
        "which digit does it misread most, and what do these drawings have in common?",
        width=READABLE,
    )
    st.html(
        f'<dl class="class-figures"><div><dt>drawings</dt><dd>{total}</dd></div><div><dt>read correctly</dt>'
        f"<dd>{right}</dd></div><div><dt>accuracy</dt><dd>{right / total:.1%}</dd></div></dl>"
    )
    grid, table = st.columns([3, 2], gap="large")
    cell = st.session_state.get(FILTER)
    if cell and not counts[cell]:
        cell = st.session_state[FILTER] = None
    with table:
        st.subheader("Confusion matrix", anchor=False)
        confusion_table(
            counts.tolist(),
            [str(digit) for digit in range(CLASSES)],
            chosen=cell,
            key="class_confusion",
            on_choose=choose_cell,
        )
        st.caption("Rows: the digit that was meant. Columns: the model's answer. Choose a cell to see its drawings.")
    with grid:
        render_grid(room, store.drawings(code), cell)
        st.button(
            "Teach a model with these",
            icon=":material/school:",
            on_click=teach_with,
            args=(code,),
            key="class_teach",
            help=f"Opens My handwriting with the newest {MAX_COLLECTED}, in place of the drawings there.",
        )


def teach_with(code: str) -> None:
    """Collect the newest drawings of a class in "My handwriting", and go there, in a callback."""
    drawings = class_store().drawings(code, MAX_COLLECTED)
    handwriting().take_from_class(np.stack([each.image for each in drawings]), [each.digit for each in drawings])
    show_view_of_learn("handwriting")


def choose_cell(label: int, answer: int) -> None:
    """Show the drawings of a cell, or all of them when it was chosen before."""
    st.session_state[FILTER] = None if st.session_state.get(FILTER) == (label, answer) else (label, answer)


def render_grid(room: Classroom, drawings: list[Drawing], cell: tuple[int, int] | None) -> None:
    """Show drawings, the newest first, and the chosen one in large."""
    if cell:
        drawings = [each for each in drawings if (each.digit, each.answer) == cell]
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="class_filter"):
            st.markdown(f"Meant as **{cell[0]}**, read as **{cell[1]}**: {len(drawings)}", width="content")
            st.button("Show all", icon=":material/filter_alt_off:", type="tertiary", on_click=show_all, key="class_all")
    shown = drawings[:SHOWN]
    chosen = next((each for each in drawings if each.number == st.session_state.get(CHOSEN)), None)
    render_chosen(room, chosen)
    picture_grid(
        np.stack([each.image for each in shown]),
        [Tile(each.number, str(each.digit), str(each.answer), description(each)) for each in shown],
        chosen.number if chosen else None,
        title="Drawings of the class",
        key="class_grid",
        on_choose=choose,
    )
    rest = f" The newest {SHOWN} of {len(drawings):,} are shown; the export has all." if len(drawings) > SHOWN else ""
    st.caption(f"An arrow shows what the model reads instead. Choose a drawing to see it large.{rest}")


def description(drawing: Drawing) -> str:
    """Return a drawing in words, for screen readers."""
    return f"drawing {drawing.number}, meant as {drawing.digit}, read as {drawing.answer}"


def show_all() -> None:
    """Show the drawings of all cells again."""
    st.session_state[FILTER] = None


def choose(number: int) -> None:
    """Show a drawing in large, or none when it was chosen before."""
    st.session_state[CHOSEN] = None if st.session_state.get(CHOSEN) == number else number


def render_chosen(room: Classroom, drawing: Drawing | None) -> None:
    """Show a drawing in large, and offer to show it with the projector if its pupil agreed."""
    if drawing is None:
        return
    names = {pupil.number: pupil.name for pupil in class_store().pupils(room.code)}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="class_chosen"):
        st.html(pixel_html(drawing.image, ENLARGED, description(drawing)), width="content")
        with st.container(gap="xsmall", width="stretch"):
            verdict = "and the model reads it" if drawing.is_right else f"but the model reads **{drawing.answer}**"
            st.markdown(
                f"**{as_markdown(names.get(drawing.pupil, ''))}** meant **{drawing.digit}**, {verdict}, "
                f"{percent(drawing.confidence, escaped=False)} sure."
            )
            if not drawing.may_be_shown:
                st.caption("This pupil did not agree to have it shown.")
            elif room.shown_drawing == drawing.number:
                st.caption("It is on the projector.")
            else:
                st.button(
                    "Show with the projector",
                    icon=":material/present_to_all:",
                    on_click=show,
                    args=(room.code, drawing.number),
                    key="class_show",
                )


def show(code: str, number: int) -> None:
    """Put a drawing on the projector, in a callback; what cannot be shown any more is not."""
    try:
        class_store().show_drawing(code, number)
    except ClassroomError:
        st.session_state[CHOSEN] = None
