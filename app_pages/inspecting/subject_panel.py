"""What is looked at: the canvas or an image, the answer for it, and the moment of the model's training."""

import html

import streamlit as st

from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.drawing_link import link, render_link
from app_pages.components.html import bars_html, percent, pixel_html
from app_pages.inspecting import links
from app_pages.inspecting.inspected import INITIAL, InspectedModel, Subject, moments
from app_pages.state import canvas, resources
from app_pages.state.inside import inside_state
from app_pages.state.session import session
from app_pages.state.widgets import show_value
from mnist_core.ink.normalisation import denormalise

DRAWING, TEST, TRAIN = "Drawing", "Test image", "Training image"
SPLITS = {TEST: "test", TRAIN: "train"}
FIRST_IMAGE = 0
SOURCE, NUMBER, DIGIT = "inside_source", "inside_number", "inside_digit"


def render_subject(subject: Subject, model: InspectedModel, probabilities: list[float]) -> None:
    """Show the canvas or the image, and the model's answer for it.

    Args:
        subject: what is looked at.
        model: the model that answers.
        probabilities: its ten.
    """
    _choose_source()
    with st.container(key="inside_ink_and_answer", gap="small"):
        with st.container(key="inside_ink", gap="xsmall"):
            if inside_state().image is None:
                render_canvas()
                render_tools()
                if subject.count > 1:
                    _choose_digit(subject.count)
            else:
                canvas.put_away()
                picture = denormalise(subject.tensor[0]).numpy()
                st.html(pixel_html(picture, 280, f"{subject.name}, label {subject.label}"))
                _choose_number()
        with st.container(key="inside_answer", gap="xsmall"):
            st.html(answer_html(subject, probabilities))
    _choose_moment(model)
    _render_share(subject)


def answer_html(subject: Subject, probabilities: list[float]) -> str:
    """Return the answer for what is looked at, and ten bars."""
    answer = probabilities.index(max(probabilities))
    label = "" if subject.label is None or subject.strokes else f" Its label is {subject.label}."
    label += "" if subject.is_digit else " It is probably not a digit."
    return (
        f'<p class="inside-answer"><b>{answer}</b><span>{percent(probabilities[answer])} for '
        f"{html.escape(subject.name)}.{label}</span></p>{bars_html(probabilities, answer)}"
    )


def _choose_digit(count: int) -> None:
    """Ask which of several digits in the drawing to look at."""
    st.segmented_control(
        "Digit",
        range(count),
        format_func=lambda place: str(place + 1),
        default=show_value(DIGIT, inside_state().place),
        required=True,
        key=DIGIT,
        on_change=_digit_chosen,
    )


def _digit_chosen() -> None:
    inside_state().place = st.session_state[DIGIT]


def _choose_source() -> None:
    """Ask whether to look at the drawing or at an image."""
    state = inside_state()
    words = {value: key for key, value in SPLITS.items()}
    sources = [DRAWING, TEST, TRAIN]
    shown = show_value(SOURCE, words[state.image[0]] if state.image else DRAWING)
    st.selectbox("Look at", sources, sources.index(shown), key=SOURCE, on_change=_source_chosen)


def _source_chosen() -> None:
    split = SPLITS.get(st.session_state[SOURCE])
    inside_state().image = (split, FIRST_IMAGE) if split else None


def _choose_number() -> None:
    """Ask for the number of the image."""
    state = inside_state()
    assert state.image
    count = len(resources.available_split(state.image[0]))
    shown = show_value(NUMBER, state.image[1])
    st.number_input("Image number", 0, count - 1, shown, key=NUMBER, on_change=_number_chosen)


def _number_chosen() -> None:
    state, number = inside_state(), st.session_state[NUMBER]
    if state.image and number is not None:
        state.image = state.image[0], int(number)


def _choose_moment(model: InspectedModel) -> None:
    """Ask after which step of its training to look at the model: its initial weights, a kept step or the latest."""
    steps: list[int | None] = [*moments(model.run), None]
    st.select_slider(
        "Moment of its training",
        steps,
        show_value("inside_moment", model.step),
        key="inside_moment",
        format_func=_moment_in_words,
        on_change=_moment_chosen,
        help="Random weights before the first step, then what the run kept, and the latest.",
    )


def _moment_in_words(step: int | None) -> str:
    return "latest" if step is None else "random" if step == INITIAL else f"step {step:,}"


def _moment_chosen() -> None:
    inside_state().step = st.session_state["inside_moment"]


def _render_share(subject: Subject) -> None:
    """Offer a link to exactly what is shown: the drawing, the model, the moment, the view and what is chosen in it."""
    popover = st.popover("Share this view", icon=":material/share:", key="inside_share", on_change="rerun")
    if not popover.open:
        return
    with popover:
        st.markdown("A link that opens exactly this:")
        strokes = (session().strokes or (subject.strokes,)) if subject.strokes else ()
        render_link(link(strokes, links.named()))
