"""Draw a digit and see how the active model reads it."""

from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit_drawable_canvas import st_canvas

from app_pages.components.canvas_buttons import CLEAR, UNDO, catch_presses
from app_pages.components.header import heading
from app_pages.components.html import (
    pen_animation,
    percent,
    prediction_html,
    reliability_chart,
    sentence,
    square_url,
    strokes_url,
)
from app_pages.components.send_on_lift import send_at_once
from app_pages.components.stage_ladder import StageView, stage_ladder
from app_pages.state import canvas, own_runs, photos, predictions, resources
from app_pages.state.session import session
from mnist_core.constants import SIDE
from mnist_core.data.split import BrokenDataError, MissingDataError
from mnist_core.ink.photo import MAX_BYTES
from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe
from mnist_core.ink.strokes import CANVAS_SIZE, Strokes
from mnist_core.recognition.predictor import BLANK, Prediction, Predictor

STAGES = {  # stage: (name, description)
    "ink": ("Ink", "The whole canvas"),
    "crop": ("Crop", "Only the ink, so its position and size don't matter"),
    "thickness": ("One thickness", "All lines equally wide, so the brush doesn't matter"),
    "box": ("20 × 20 box", "Scaled to fit 20 × 20 pixels, proportions kept"),
    "centre": ("Centre of mass", "Moved to bring the ink's centre of mass to the middle"),
    "tensor": ("Normalise", "Minus the mean 0.1307, divided by the standard deviation 0.3081"),
}
STEPS = {"crop": "crop", "thickness": "thickness", "box": "box", "centre": "centre", "tensor": "normalise"}
EXAMPLE = "This is an example. Draw a digit to see your own."
YOURS = "What the model would answer if the preparation stopped at each stage. Switch a step off and watch it change."
SOURCES = ("Canvas", "Photo", "Camera")
BRUSHES = (8, 40)  # px, the thinnest and the thickest


def choose_source() -> str:
    """Ask where the ink comes from: the canvas, an image file or the camera."""
    chosen = st.segmented_control(
        "Source of the ink", SOURCES, default=SOURCES[0], required=True, key="draw_source", label_visibility="collapsed"
    )
    source = chosen or SOURCES[0]
    if source == "Canvas":
        photos.forget_photo()
    return source


def render_photo(source: str) -> np.ndarray | None:
    """Ask for a photo and show it.

    Returns:
        Its ink, (H, W) float32 in [0, 1], or None while there is no photo.
    """
    if source == "Camera":
        upload = st.camera_input("Hold up a sheet with a digit on it", key="draw_camera", label_visibility="collapsed")
    else:
        upload = st.file_uploader(
            "A photo or scan of handwriting",
            ["png", "jpg", "jpeg", "webp"],
            max_upload_size=MAX_BYTES // 2**20,
            key="draw_photo",
        )
    try:
        photo = photos.photo_in(upload)
    except ValueError as error:
        st.error(sentence(error))
        return None
    if photo is None:
        return None
    st.image(photo.preview, width="stretch", alt="the photo as uploaded")
    return photo.ink


def render_canvas() -> None:
    """Show the canvas."""
    state = session()
    st_canvas(
        stroke_width=state.brush,
        stroke_color=canvas.INK,
        background_image=strokes_url(canvas.background(), CANVAS_SIZE, canvas.INK, canvas.PAPER),
        width=CANVAS_SIZE,
        height=CANVAS_SIZE,
        key=state.canvas_key,
    )
    catch_presses(state.canvas_key, len(state.initial_strokes))


def render_tools() -> None:
    """Show Undo, Clear and the brush, which is folded away: on a phone the answer must be close to the canvas.

    NOTE: the two buttons are never disabled: a press right after the first stroke would come before they are enabled.
    The browser presses the canvas's own buttons instead, see `canvas_buttons`; without it the server does the same.
    """
    state = session()
    row = st.container(horizontal=True, gap="xsmall")
    row.button("Undo", width="stretch", on_click=canvas.undo_stroke, key=UNDO)
    row.button("Clear", width="stretch", on_click=canvas.show_on_canvas, args=(None,), key=CLEAR)
    with row.popover("Brush", icon=":material/brush:", width="content"):
        state.brush = st.slider("Brush (px)", *BRUSHES, value=state.brush, key="draw_brush", persist_state="session")


def render_answer(digits: list[Prediction], predictor: Predictor, request: str) -> Prediction:
    """Show the answer, and the ten probabilities and the model's input for one digit.

    Args:
        digits: the predictions, from left to right.
        predictor: the one that made them.
        request: what to ask of the visitor while there is no digit.

    Returns:
        The prediction for that digit: the chosen one when there are several.
    """
    prediction = choose_digit(digits) if len(digits) > 1 else (digits or [BLANK])[0]
    if prediction.label is None:
        answer, comment = "?", request
    elif len(digits) > 1:
        doubt = "" if all(digit.is_digit for digit in digits) else ", but probably not all of them are digits"
        answer, comment = "".join(str(digit.label) for digit in digits), f"{len(digits)} digits in a row{doubt}"
    elif prediction.is_digit:
        answer, comment = str(prediction.label), f"{percent(prediction.probability)} sure"
    else:
        answer, comment = str(prediction.label), "but probably not a digit"
    seen = prediction.stages.centre if prediction.stages else np.zeros((SIDE, SIDE), dtype=np.float32)
    views = predictor.views(seen)
    st.html(prediction_html(answer, comment, prediction.probabilities, prediction.label, seen, views))
    return prediction


def choose_digit(digits: list[Prediction]) -> Prediction:
    """Ask which of several digits to show in detail."""
    place = st.segmented_control(
        "Details of",
        range(len(digits)),
        format_func=lambda place: str(digits[place].label),
        default=0,
        required=True,
        key=f"draw_place_{len(digits)}",
    )
    return digits[place or 0]


def chosen_recipe() -> Recipe:
    """Return the preprocessing recipe without the steps that are switched off."""
    return replace(MNIST_RECIPE, **dict.fromkeys(session().disabled_steps, False))


def render_stages(prediction: Prediction, predictor: Predictor) -> None:
    """Show every stage from ink to tensor, the model's answer at each, and a switch for each step."""
    shown = prediction if prediction.stages else canvas.example_prediction(predictor)
    if shown.stages is None:
        return
    stages, recipe = shown.stages, chosen_recipe()
    answers = resources.run_inference(lambda: predictor.predict_stages(stages, recipe))
    views = []
    for stage, (name, description) in STAGES.items():
        probability, label = answers[stage].max(dim=0)
        image = square_url(stages.picture(stage))
        if stage == "ink" and not prediction.stages:
            image = pen_animation(canvas.example_drawing())
        step = STEPS.get(stage, "")
        is_on = step not in session().disabled_steps
        sure = percent(float(probability), escaped=False)
        views.append(StageView(name, description, image, str(int(label)), sure, int(label) == shown.label, step, is_on))
    stage_ladder(YOURS if prediction.stages else EXAMPLE, views, key="draw_ladder", on_toggle=canvas.toggle_step)


def predict(ink: Strokes | np.ndarray | None, predictor: Predictor) -> list[Prediction]:
    """Return the prediction for a drawing, or for every digit in a photo, with the chosen recipe."""
    if ink is None:
        return []
    recipe = chosen_recipe()
    if isinstance(ink, Strokes):
        return [resources.run_inference(lambda: predictor.predict(ink, recipe))]
    return list(resources.run_inference(lambda: predictor.predict_sequence(ink, recipe)))


@st.fragment
def render_drawing(source: str) -> None:
    """Show the ink and the answer; a stroke reruns only this.

    NOTE: every element here is sent and laid out again after a stroke, so there are few of them. The prediction is made
    before the first element is sent: the browser collects the elements that arrive within 10 ms of the first one before
    it lays them out, and the answer should be among those. The stages come last.
    """
    predictor = own_runs.active_predictor()
    if source == "Canvas":
        drawing = canvas.current_drawing()
        digits = predict(drawing, predictor)
        ink_column, answer_column = ink_and_answer_columns()
        with answer_column:
            prediction = render_answer(digits, predictor, "Draw a digit, 0 to 9")
        with ink_column:
            render_canvas()
            render_tools()
    else:
        canvas.put_away()
        ink_column, answer_column = ink_and_answer_columns()
        with ink_column:
            ink = render_photo(source)
        with answer_column:
            request = "Add a photo" if ink is None else "No digit found"
            prediction = render_answer(predict(ink, predictor), predictor, request)
    render_stages(prediction, predictor)


def ink_and_answer_columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Lay out a column for the ink and, beside or below it, one for the answer."""
    with st.container(horizontal=True, gap="large"):
        ink_column, answer_column = st.container(width=CANVAS_SIZE), st.container(width="stretch")
    ink_column.markdown("**Your digit**")
    return ink_column, answer_column


@st.fragment
def render_reliability() -> None:
    """Show, on request, how often the active model is right when it says how sure it is."""
    question = st.expander("How far can you trust the percentage?", key="draw_trust", on_change="rerun")
    if not question.open:
        return
    with question:
        try:
            measured = predictions.active_reliability()
        except (MissingDataError, BrokenDataError):
            st.info(
                "This needs the MNIST test set. Download it on the Browse page, or run `python -m mnist_core data`."
            )
            return
        if measured is None:
            return
        st.markdown(
            "When a model is 70% sure, it should be right 70% of the time. Then all dots lie on the dashed line. For "
            f"the model in use, they are {100 * measured.error:.1f} percentage points away from it on average, on the "
            "second half of the MNIST test set. Drawings by other people are harder to read than those images."
        )
        st.echarts_chart(
            reliability_chart(measured), key="draw_reliability", height=360, width=560, alt="Reliability diagram"
        )


heading("Draw", "Write a digit; the model tells you which one it sees.")
render_drawing(choose_source())
render_reliability()
send_at_once()
