"""The Draw page when the server is ready."""

from dataclasses import replace

import numpy as np
import streamlit as st

from app_pages.components.answer_panel import answer_panel
from app_pages.components.canvas_controls import SHORTCUTS
from app_pages.components.chart_table import render_chart
from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.drawing_link import open_link
from app_pages.components.header import heading
from app_pages.components.html import sentence
from app_pages.components.leaving import see_inside_button
from app_pages.components.presentation import FOLLOWING, PREVIOUS, is_presenting
from app_pages.components.redrawn import say_redrawn
from app_pages.components.send_on_lift import send_at_once
from app_pages.drawing import answers, example, layout, share
from app_pages.drawing.hand_in import render_hand_in
from app_pages.drawing.reliability import reliability_chart, reliability_table
from app_pages.drawing.steps import render_steps
from app_pages.state import canvas, own_runs, photos, predictions, resources
from app_pages.state.examples import PARTS, example_digit
from app_pages.state.session import session
from app_pages.state.widgets import shown_place
from mnist_core.data.split import BrokenDataError, MissingDataError
from mnist_core.ink.photo import MAX_BYTES
from mnist_core.ink.preprocessing import MNIST_RECIPE, Recipe
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import BLANK, NumberPrediction, Prediction, Predictor

SOURCES = ("Canvas", "Photo", "Camera")
PANEL = "draw_panel"  # the key of the answer panel
ONE_MODEL = "One model"
DRAWING, STEPS = "drawing", "steps"  # the parts of the page that a presentation shows one after the other


def chosen_source() -> str:
    """Return where the ink comes from: the canvas, an image file or the camera."""
    source = st.session_state.get("draw_source")
    return source if source in SOURCES else SOURCES[0]


def render_more(models: dict[str, str], model: str, number: NumberPrediction | None) -> None:
    """Ask where the ink comes from, and for a second model; offer to share the answer for a drawing."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="draw_more"):
        st.segmented_control("Source of the ink", SOURCES, default=SOURCES[0], required=True, key="draw_source")
        others = [name for name in models if name != model]
        st.selectbox(
            "Compare with",
            [ONE_MODEL, *others],
            shown_place("draw_second", [ONE_MODEL, *others]),
            format_func=lambda name: models.get(name, name),
            key="draw_second",
            width=230,
            persist_state="session",
        )
        if number is not None:
            share.render_share(number)
            see_inside_button("draw_inside")


def second_model(models: dict[str, str], model: str) -> str | None:
    """Return the name of the model to compare with; None when there is one model only."""
    name = st.session_state.get("draw_second")
    return name if name in models and name != model else None


def render_photo(source: str) -> tuple[np.ndarray | None, str]:
    """Ask for a photo and show it.

    Returns:
        Its ink, (H, W) float32 in [0, 1], or None while there is no photo; and what to say when no digit is in it.
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
        return None, sentence(error)
    if photo is None:
        return None, "Add a photo" if source == "Photo" else "Take a picture"
    st.image(photo.preview, width="stretch", alt="the photo as uploaded")
    return photo.ink, "No digit found: the picture is blank, or its ink is too faint."


def render_answers(
    ink: Strokes | np.ndarray | None, number: NumberPrediction, models: dict[str, str], model: str, request: str
) -> Prediction:
    """Show the answers of the active model, and of a second one if there is one.

    Returns:
        The active model's prediction for the digit that is shown in detail.
    """
    second, predictor = second_model(models, model), resources.predictor_for(model)
    names = [answers.HEADING] if second is None else [models[model], models[second]]
    digits = number.digits
    views = [answers.model_view(names[0], number, request)]
    if second:
        other = predict(ink, resources.predictor_for(second))
        views.append(answers.model_view(names[1], other, request))
    view = answers.panel_view(views, digits, predictor)
    place = chosen_place(len(digits))
    if not digits and request == example.REQUEST and second is None and canvas.is_first_sight():
        frames = example.example_frames(model, predictor, example_digit())
        answer_panel(frames[-1], frames=frames, blank=view, shows_input=not is_presenting(), key=PANEL)
    else:
        answer_panel(view, place=place, shows_input=not is_presenting(), key=PANEL)
    return digits[place] if digits else BLANK


def chosen_place(count: int) -> int:
    """Return which of several digits the visitor wants to see in detail, from 0."""
    place = (st.session_state.get(PANEL) or {}).get("place")
    return place if isinstance(place, int) and 0 <= place < count else 0


def chosen_recipe() -> Recipe:
    """Return the preprocessing recipe without the steps that are switched off."""
    return replace(MNIST_RECIPE, **dict.fromkeys(session().disabled_steps, False))


def predict(ink: Strokes | np.ndarray | None, predictor: Predictor) -> NumberPrediction:
    """Return the prediction for every digit in a drawing or a photo, with the chosen recipe."""
    if ink is None:
        return NumberPrediction(())
    recipe = chosen_recipe()
    if isinstance(ink, Strokes):
        number: NumberPrediction = resources.run_inference(lambda: predictor.predict_strokes(ink, recipe))
        return number
    return NumberPrediction(tuple(resources.run_inference(lambda: predictor.predict_sequence(ink, recipe))))


@st.fragment
def render_drawing() -> None:
    """Show the ink and the answer; a stroke reruns only this.

    NOTE: every element here is sent and laid out again after a stroke, so there are few of them. The prediction is made
    before the first element is sent: the browser collects the elements that arrive within 10 ms of the first one before
    it lays them out, and the answer should be among those. The stages come last.
    """
    source, models = chosen_source(), own_runs.usable_models()
    model = own_runs.active_model(models)
    predictor = resources.predictor_for(model)
    if is_presenting():
        render_turn()
    if is_presenting() and presented_part() == STEPS:
        drawing = canvas.current_drawing()
        canvas.put_away()
        digits = predict(drawing, predictor).digits
        render_steps(digits[0] if digits else BLANK, digits, predictor, chosen_recipe(), "Canvas")
    elif source == "Canvas":
        photos.forget_photo()
        drawing = canvas.current_drawing()
        number = predict(drawing, predictor)
        say_redrawn(number.digits)
        with layout.ink_and_answer() as (ink_column, answer_column):
            with answer_column:
                prediction = render_answers(drawing, number, models, model, example.REQUEST)
            with ink_column:
                render_canvas(frames=PARTS, plays=canvas.is_first_sight())
                render_tools()
    else:
        canvas.put_away()
        with layout.ink_and_answer() as (ink_column, answer_column):
            with ink_column:
                ink, request = render_photo(source)
            with answer_column:
                number = predict(ink, predictor)
                prediction = render_answers(ink, number, models, model, request)
    if not is_presenting():
        render_more(models, model, number if source == "Canvas" else None)
        render_steps(prediction, number.digits, predictor, chosen_recipe(), source)


def presented_part() -> str:
    """Return the part of the page that a presentation shows."""
    part = st.session_state.get("draw_part", DRAWING)
    return str(part)


def render_turn() -> None:
    """In a presentation, offer the other part of the page."""

    def turn(part: str) -> None:
        st.session_state.draw_part = part

    if presented_part() == STEPS:
        st.button("The drawing", icon=":material/arrow_back:", key=PREVIOUS, on_click=turn, args=(DRAWING,))
    else:
        st.button("Step by step", icon=":material/arrow_forward:", key=FOLLOWING, on_click=turn, args=(STEPS,))


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
        render_chart(
            reliability_chart(measured),
            name="Accuracy against confidence",
            finding=f"Accuracy stays within {100 * measured.error:.1f} percentage points of the confidence on average.",
            numbers=lambda: reliability_table(measured),
            key="draw_reliability",
            height=360,
        )


def show() -> None:
    """Show the page."""
    heading(layout.TITLE, layout.PURPOSE, SHORTCUTS, in_class=render_hand_in)
    layout.lay_out()
    open_link()
    render_drawing()
    if not is_presenting():
        render_reliability()
    send_at_once()
