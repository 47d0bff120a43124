"""Browse for an audience: one image at a time, the model's mistakes unless the teacher has filtered the images."""

import streamlit as st
import torch

from app_pages.browsing import filters, selected_image
from app_pages.browsing.detail import title, verdict_in_words
from app_pages.browsing.grid import matching_images
from app_pages.components import missing_data
from app_pages.components.html import pixel_html, probability_bars
from app_pages.components.turning import turn_buttons
from app_pages.state import mistakes, own_runs, predictions
from mnist_core.data.split import Split

SIDE = 560  # px of the image, at most
STYLE = """<style>
.st-key-browse_presented { align-items: center; }
.st-key-browse_presented img { width: min(62dvh, 44vw) !important; }
</style>"""


def render_presented() -> None:
    """Show one image with its label and the model's answer, and lead to the next one."""
    st.html(STYLE)
    split = missing_data.split_or_standin(filters.chosen_split())
    found = _images(split)
    if found is None:
        return
    numbers, kind = found
    if not numbers:
        st.info("No image matches. Leave the presentation to choose others.")
        return
    opened = selected_image.opened_image(len(split))
    if opened is not None and opened not in numbers:
        numbers, kind = [opened, *numbers], "Image"
    place = numbers.index(opened) if opened is not None else 0
    turn_buttons(place, len(numbers), lambda there: selected_image.open_image(numbers[there]))
    _render_image(split, numbers[place], f"{kind} {place + 1:,} of {len(numbers):,}")


def _images(split: Split) -> tuple[list[int], str] | None:
    """Return the images to go through and what one of them is called; None while they are found, with progress."""
    query = filters.chosen_query()
    if not filters.is_filtered(query):
        known = mistakes.known_mistakes(split)
        if known is None and predictions.predictions(own_runs.active_model(), split.name) is not None:
            known = mistakes.known_mistakes(split)
        return None if known is None else (known, "Mistake")
    numbers: torch.Tensor | None = matching_images(split, query)
    return None if numbers is None else (numbers.tolist(), "Image")


def _render_image(split: Split, number: int, overline: str) -> None:
    label = int(split.labels[number])
    probabilities = predictions.answers(split.name, torch.tensor([number]))[0].tolist()
    answer = probabilities.index(max(probabilities))
    with st.container(horizontal=True, vertical_alignment="center", gap="large", key="browse_presented"):
        alt = f"{title(split)} {number}, label {split.classes[label]}, read as {split.classes[answer]}"
        st.html(pixel_html(split.images[number].numpy(), SIDE, alt), width="content")
        with st.container():
            st.header(overline, anchor=False)
            st.markdown(verdict_in_words(label, answer, split.classes))
            probability_bars(probabilities, answer)
