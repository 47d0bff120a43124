"""Hand in the drawing to the class that a visitor is in: which digit was meant, and whether the class may see it."""

import zlib

import streamlit as st

from app_pages.components.html import percent, pixel_html, sentence
from app_pages.state import classes, own_runs, resources
from app_pages.state.session import session
from mnist_core.classroom.records import MAX_DRAWINGS, Classroom, ClassroomError
from mnist_core.constants import CLASSES
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import NumberPrediction, Prediction
from mnist_core.runs.naming import as_markdown

MENU = "draw_hand_in"  # the key of the popover
PROBLEM = "draw_hand_in_problem"  # in the session's state
ENLARGED = 84  # px
CONSENT = "My teacher may show it on the projector, without my name"


def render_hand_in(room: Classroom) -> None:
    """Offer to hand in the drawing; a part of the class bar.

    Args:
        room: the visitor's class.
    """
    menu = st.popover("Hand in", icon=":material/upload:", key=MENU, on_change="rerun")
    if not menu.open:
        return
    with menu:
        try:
            _render_menu(room)
        except ClassroomError as error:
            st.error(as_markdown(sentence(error)))


def _render_menu(room: Classroom) -> None:
    strokes, drawing = session().strokes, session().drawing
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)
    if drawing is None or st.session_state.get("draw_source", "Canvas") != "Canvas":
        st.markdown("Draw a digit on the canvas first. Then you can hand it in here.")
    elif classes.class_state().handed_in == strokes_key(strokes):
        st.markdown(
            f"Thank you, your teacher has it. {left_in_words(left())} Draw another digit, then hand it in here."
        )
    elif room.is_frozen:
        st.markdown("The class is paused. Your drawing stays here, and you can hand it in when your teacher goes on.")
    elif not left():
        st.markdown(f"{left_in_words(0)} Remove one under “What is kept” to hand in another.")
    else:
        predictor = own_runs.active_predictor()
        number: NumberPrediction = resources.run_inference(lambda: predictor.predict_strokes(drawing))
        if len(number.digits) == 1:
            _render_question(strokes, drawing, number.digits[0])
        else:
            st.markdown("Hand in one digit at a time: clear the canvas, and draw one.")


def _render_question(strokes: tuple[Strokes, ...], drawing: Strokes, prediction: Prediction) -> None:
    assert prediction.stages is not None and prediction.label is not None, "there is ink"
    image, of_drawing = prediction.stages.centre, zlib.crc32(prediction.stages.centre.tobytes())
    answer = prediction.label
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(pixel_html(image, ENLARGED, "your drawing as the model sees it"), width="content")
        sure = percent(prediction.probability, escaped=False)
        st.markdown(f"The model reads **{answer}**, {sure} sure.", width="stretch")
    meant, consent = f"draw_meant_{of_drawing}", f"draw_consent_{of_drawing}"
    st.segmented_control("Which digit did you mean?", range(CLASSES), default=answer, required=True, key=meant)
    st.checkbox(CONSENT, key=consent)

    def press() -> None:
        digit, may_be_shown = st.session_state[meant], bool(st.session_state[consent])
        digit, probability = answer if digit is None else int(digit), prediction.probability
        try:
            classes.hand_in(digit, image, answer, probability, drawing, may_be_shown=may_be_shown)
        except ClassroomError as error:
            st.session_state[PROBLEM] = as_markdown(sentence(error))
        else:
            classes.class_state().handed_in = strokes_key(strokes)

    st.button("Hand in", type="primary", on_click=press, key="draw_hand_in_press", width="stretch")


def strokes_key(strokes: tuple[Strokes, ...]) -> int:
    """Return a number that tells a drawing on the canvas from another."""
    return zlib.crc32(b"".join(line.tobytes() for stroke in strokes for line in stroke.lines))


def left() -> int:
    """Return how many drawings this visitor may still hand in; 0 for whoever is in no class."""
    pupil = classes.pupil_here()
    return max(0, MAX_DRAWINGS - len(classes.class_store().drawings_of(pupil))) if pupil else 0


def left_in_words(count: int) -> str:
    """Return how many drawings may still be handed in, as a sentence."""
    if not count:
        return f"You have handed in {MAX_DRAWINGS} drawings, as many as you may."
    return f"You can hand in {count} more."
