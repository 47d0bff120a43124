"""Draw a digit and read what the active model makes of it."""

from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit_drawable_canvas import st_canvas

from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.html import answer_board, pen_animation, percent, reliability_chart, square_url
from app_pages.components.send_on_lift import send_at_once
from app_pages.components.stage_ladder import Rung, ladder
from app_pages.state import canvas, own_runs, predictions, resources
from app_pages.state.session import session
from mnist_core.constants import SIDE
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.photo import MAX_BYTES, extract_ink, open_image
from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.recognition.predictor import BLANK, Prediction

RUNGS = {  # stage: (what it is called, what it does)
    "ink": ("Ink", "The whole canvas"),
    "crop": ("Crop", "Only the ink: its place and size stop mattering"),
    "thickness": ("One thickness", "Every line equally wide: the brush stops mattering"),
    "box": ("20 x 20 box", "Shrunk into 20 x 20 pixels, its proportions kept"),
    "centre": ("Centre of mass", "Moved so that the ink balances in the middle"),
    "tensor": ("Normalise", "Minus the mean 0.1307, divided by the deviation 0.3081"),
}
STEPS = {"crop": "crop", "thickness": "thickness", "box": "box", "centre": "centre", "tensor": "normalise"}
EXAMPLE = "An example; draw a digit to see your own."
YOURS = "What would the model say if the preparation ended here? Switch a step off and watch the answer change."
SOURCES = ("Canvas", "Photo", "Camera")
BRUSHES = (8, 40)  # px, the thinnest and the thickest
INK, PAPER = "#ffffff", "#000000"  # MNIST's own colours


def render_source() -> str:
    """Ask where the ink comes from: the canvas, an image file or the camera."""
    chosen = st.segmented_control(
        "Ink from", SOURCES, default=SOURCES[0], required=True, key="draw_source", label_visibility="collapsed"
    )
    return chosen or SOURCES[0]


def render_photo(source: str) -> np.ndarray | None:
    """Ask for a picture and show the ink found in it: (H, W) float32 in [0, 1], or None while there is no picture."""
    if source == "Camera":
        photo = st.camera_input("Hold up a sheet with a digit on it", key="draw_camera", label_visibility="collapsed")
    else:
        photo = st.file_uploader(
            "A photo or scan of handwriting",
            ["png", "jpg", "jpeg", "webp"],
            max_upload_size=MAX_BYTES // 2**20,
            key="draw_photo",
        )
    if photo is None:
        return None
    try:
        picture = open_image(photo.getvalue())
    except ValueError as error:
        st.error(f"{error}.")
        return None
    st.image(picture.convert("RGB"), width="stretch", alt="the picture as it came")
    return extract_ink(picture)


def render_canvas() -> None:
    """Show the canvas."""
    here = session()
    st_canvas(
        stroke_width=here.brush,
        stroke_color=INK,
        background_color=PAPER,
        width=CANVAS_SIZE,
        height=CANVAS_SIZE,
        initial_drawing=here.restored,
        key=here.canvas_key,
    )


def render_tools() -> None:
    """Show Undo, Clear and the brush, which folds away: on a phone the answer has to follow close."""
    here = session()
    strokes = (canvas.canvas_drawing() or {}).get("objects", [])
    row = st.container(horizontal=True, gap="xsmall")
    row.button("Undo", width="stretch", disabled=not strokes, on_click=canvas.undo_stroke, key="draw_undo")
    row.button(
        "Clear", width="stretch", disabled=not strokes, on_click=canvas.show_on_canvas, args=(None,), key="draw_clear"
    )
    with row.popover("Brush", icon=":material/brush:", width="content"):
        here.brush = st.slider("Brush (px)", *BRUSHES, value=here.brush, key="draw_brush", persist_state="session")


def render_answer(digits: list[Prediction]) -> Prediction:
    """Show the answer, the ten probabilities and what the model sees; of several digits, those of the one chosen.

    Returns the reading that is shown.
    """
    prediction = choose_digit(digits) if len(digits) > 1 else (digits or [BLANK])[0]
    if prediction.label is None:
        answer = "?", "Draw a digit, 0 to 9"
    elif len(digits) > 1:
        doubt = "" if all(digit.is_digit for digit in digits) else ", but probably not all digits"
        answer = "".join(str(digit.label) for digit in digits), f"{len(digits)} digits in a row{doubt}"
    elif prediction.is_digit:
        answer = str(prediction.label), f"{percent(prediction.probability)} sure"
    else:
        answer = str(prediction.label), "but probably not a digit"
    seen = prediction.stages.centre if prediction.stages else np.zeros((SIDE, SIDE), dtype=np.float32)
    looks = own_runs.active_predictor().views(seen)
    st.html(answer_board(*answer, prediction.probabilities, prediction.label, seen, looks))
    return prediction


def choose_digit(digits: list[Prediction]) -> Prediction:
    """Ask which of several digits to look at."""
    place = st.segmented_control(
        "Look at",
        range(len(digits)),
        format_func=lambda place: str(digits[place].label),
        default=0,
        required=True,
        key=f"draw_place_{len(digits)}",
    )
    return digits[place or 0]


def chosen_recipe() -> Recipe:
    """Return the steps that are switched on."""
    return replace(MNIST_RECIPE, **dict.fromkeys(session().left_out, False))


def render_ladder(prediction: Prediction) -> None:
    """Show every stage from ink to tensor, what the model would answer there, and a switch for each step."""
    shown = prediction if prediction.stages else canvas.example_prediction()
    if shown.stages is None:
        return
    predictor, stages, recipe = own_runs.active_predictor(), shown.stages, chosen_recipe()
    answers = resources.run_inference(lambda: predictor.predict_stages(stages, recipe))
    rungs = []
    for stage, (name, meaning) in RUNGS.items():
        probability, label = answers[stage].max(dim=0)
        picture = square_url(shown.stages.picture(stage))
        if stage == "ink" and not prediction.stages:
            picture = pen_animation(canvas.example())
        step = STEPS.get(stage, "")
        is_on = step not in session().left_out
        sure = percent(float(probability), escaped=False)
        rungs.append(Rung(name, meaning, picture, str(int(label)), sure, int(label) == shown.label, step, is_on))
    ladder(YOURS if prediction.stages else EXAMPLE, rungs, key="draw_ladder", on_flip=canvas.flip_step)


def read(ink: Strokes | np.ndarray | None) -> list[Prediction]:
    """Read a drawing, or every digit in a picture, with the steps that are switched on."""
    if ink is None:
        return []
    predictor, recipe = own_runs.active_predictor(), chosen_recipe()
    if isinstance(ink, Strokes):
        return [resources.run_inference(lambda: predictor.predict(ink, recipe))]
    return list(resources.run_inference(lambda: predictor.predict_sequence(ink, recipe)))


@st.fragment
def render_drawing(source: str) -> None:
    """Show the ink and the answer; a stroke reruns only this.

    NOTE: every element here is sent and laid out again after a stroke, so there are few. The drawing is read before
    anything is sent: the browser collects what comes within 10 ms of a first element before it lays it out, so the
    answer had better be in that first lot. The ladder comes last.
    """
    if source == "Canvas":
        digits = read(strokes_from_fabric(canvas.canvas_drawing()))
        given, answer = columns()
        with answer:
            prediction = render_answer(digits)
        with given:
            render_canvas()
            render_tools()
    else:
        given, answer = columns()
        with given:
            ink = render_photo(source)
        with answer:
            prediction = render_answer(read(ink))
    render_ladder(prediction)


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Lay out a place for the ink and, beside or below it, one for the answer."""
    with st.container(horizontal=True, gap="large"):
        given, answer = st.container(width=CANVAS_SIZE), st.container(width="stretch")
    given.markdown("**Your digit**")
    return given, answer


@st.fragment
def render_trust() -> None:
    """Show, to those who ask, how often the active model is right when it says how sure it is."""
    question = st.expander("How far can you trust the percentage?", key="draw_trust", on_change="rerun")
    if not question.open:
        return
    with question:
        found = predictions.active_reliability()
        if found is None:
            st.info(f"This needs the MNIST test set. {missing_data.GET_IT}")
            return
        st.markdown(
            "Of all images that the model is 70 % sure of, 70 % should be right: then the dots lie on the line. For "
            f"the model in use they are off by {found.error:.1%} on average, on the second half of the MNIST test set. "
            "Drawings by other hands are harder than that."
        )
        st.echarts_chart(
            reliability_chart(found), key="draw_reliability", height=360, width=560, alt="Reliability diagram"
        )


heading("Draw", "Write a digit with the mouse, a finger or a pen, and the model says which one it is.")
render_drawing(render_source())
render_trust()
send_at_once()
