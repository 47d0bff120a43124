"""Collect drawings: write a digit, confirm or correct the model's answer, and look at what there is."""

import numpy as np
import streamlit as st
import torch

from app_pages.components.drawing_canvas import render_canvas, render_tools
from app_pages.components.html import bars_html, percent
from app_pages.components.image_grid import Tile, picture_grid
from app_pages.state import canvas, resources
from app_pages.state.handwriting import MAX_COLLECTED, Collected, handwriting
from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import as_images
from mnist_core.ink.preprocessing import preprocess
from mnist_core.recognition.predictor import Prediction, Predictor

SHELF = "handwriting_shelf"  # the key of the grid


def render_collecting(predictor: Predictor) -> None:
    """Show the canvas and, beside it, the model's answer with the question whether it is right."""
    drawing = canvas.current_drawing()
    prediction: Prediction | None = resources.run_inference(lambda: predictor.predict(drawing)) if drawing else None
    with st.container(horizontal=True, gap="large", key="handwriting_row"):
        with st.container(key="handwriting_ink", gap="small"):
            render_canvas()
            render_tools()
        with st.container(key="handwriting_answer", gap="small"):
            if handwriting().is_full:
                st.info(f"There are {MAX_COLLECTED} drawings, as many as this page keeps. Remove some to add others.")
            elif prediction is None or prediction.stages is None or prediction.label is None:
                st.html(f'<p class="handwriting-hint">{hint(handwriting().collected)}</p>')
            else:
                _render_question(prediction, prediction.label)


def hint(collected: tuple[Collected, ...]) -> str:
    """Return what to write next: a digit that is missing, or else anything."""
    missing = [str(digit) for digit in range(CLASSES) if all(each.label != digit for each in collected)]
    if not collected:
        return "Write a digit the way you really write it. Then say whether the model reads it right."
    if missing:
        return f"Write the next one. Not there yet: <b>{', '.join(missing)}</b>."
    return "Each digit is there. More of those that it misreads help most."


def _render_question(prediction: Prediction, label: int) -> None:
    """Show the answer for what is on the canvas, and ask for the digit that was meant."""
    probabilities = list(prediction.probabilities)
    doubt = "" if prediction.is_digit else " It looks unlike any digit."
    st.html(
        f'<p class="handwriting-reading"><b>{label}</b><span>{percent(probabilities[label])} sure.{doubt}</span></p>'
        f"{bars_html(probabilities, label)}"
    )
    st.button(
        f"Yes, a {label}",
        type="primary",
        icon=":material/check:",
        on_click=_collect,
        args=(label,),
        width="stretch",
        key="handwriting_yes",
    )
    st.caption("No, I meant a")
    with st.container(horizontal=True, gap="xxsmall", key="handwriting_digits"):
        for digit in range(CLASSES):
            if digit != label:
                st.button(str(digit), on_click=_collect, args=(digit,), key=f"handwriting_digit_{digit}")


def _collect(label: int) -> None:
    """Add what is on the canvas, and begin a blank one."""
    drawing = canvas.current_drawing()
    stages = preprocess(drawing) if drawing else None
    if stages is not None:
        handwriting().add(stages.tensor, label)
        canvas.clear()


def render_shelf(answers: dict[int, int]) -> None:
    """Show the drawings by digit, with the model's answer where it is wrong; one can be removed.

    Args:
        answers: the model's answer for each drawing, by its number.
    """
    state = handwriting()
    ordered = sorted(state.collected, key=lambda each: each.label)
    tiles = [
        Tile(each.number, str(each.label), str(answers[each.number]), _name(each, answers[each.number]))
        for each in ordered
    ]
    picture_grid(pictures(ordered), tiles, state.chosen, title="Your drawings", key=SHELF, on_choose=_choose)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="handwriting_shelf_tools"):
        chosen = next((each for each in ordered if each.number == state.chosen), None)
        if chosen is None:
            st.caption("Choose a drawing to remove it. An arrow shows what the model reads instead.", width="stretch")
        else:
            st.markdown(f"{_name(chosen, answers[chosen.number])}.".capitalize(), width="stretch")
            st.button(
                "Remove this one",
                icon=":material/delete:",
                on_click=state.remove,
                args=(chosen.number,),
                key="handwriting_remove",
            )
        st.button("Remove all", type="tertiary", on_click=state.clear, key="handwriting_clear")


def pictures(collected: list[Collected]) -> np.ndarray:
    """Return drawings as images, (N, 28, 28) uint8."""
    images: np.ndarray = as_images(torch.stack([each.tensor for each in collected])).numpy()
    return images


def _name(drawing: Collected, answer: int) -> str:
    read = "read correctly" if answer == drawing.label else f"read as {answer}"
    return f"{'a' if handwriting().is_of_class else 'your'} {drawing.label}, {read}"


def _choose(number: int) -> None:
    state = handwriting()
    state.chosen = None if state.chosen == number else number
