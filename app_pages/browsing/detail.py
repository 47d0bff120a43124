"""An image of the Browse page, opened: its pixels, its label, the model's answer, and what is near it."""

from collections.abc import Sequence

import streamlit as st
import torch

from app_pages.browsing import filters, selected_image
from app_pages.components.html import pixel_html, probability_bars
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import predictions, resources
from mnist_core.analysis.embedding import nearest_neighbours
from mnist_core.data.split import DIGITS, Split
from mnist_core.ink.normalisation import normalise

BYTES, TENSOR = "Bytes, 0 to 255", "The normalised tensor"
NARROW = "640px"  # below it Streamlit puts columns under one another
PAPER = f"light-dark({st.get_option('theme.light.backgroundColor')}, {st.get_option('theme.dark.backgroundColor')})"
# The opened image stays in sight beside the grid; where there is no room beside it, it comes up from the bottom.
STYLE = f"""<style>
[data-testid="stColumn"] [data-testid="stLayoutWrapper"]:has(.st-key-browse_detail) {{
  position: sticky; top: 4.5rem;
}}
.st-key-browse_detail {{ max-height: calc(100dvh - 6rem); overflow-y: auto; padding: 4px; }}
.st-key-browse_detail h2 {{ font-size: 1.6rem; padding: 0; }}
@media (max-width: {NARROW}) {{
  [data-testid="stColumn"] [data-testid="stLayoutWrapper"]:has(.st-key-browse_detail) {{ position: static; }}
  .st-key-browse_detail {{
    position: fixed; inset: auto 0 0 0; z-index: 100; max-height: 60dvh; padding: .75rem 1rem 1.5rem;
    background: {PAPER}; border-radius: 14px 14px 0 0;
    box-shadow: 0 0 0 1px rgb(128 128 128 / .4), 0 -8px 24px rgb(0 0 0 / .25);
  }}
  .st-key-browse_detail img {{ width: 112px !important; }}
  .stMainBlockContainer {{ --covered: 61dvh; }}
  .stMainBlockContainer:has(.st-key-browse_detail) {{ padding-bottom: 65dvh; }}
}}
</style>"""


def render_opened(split: Split, number: int) -> None:
    """Show an image in large, its label, the model's answer, and the ways on from there."""
    label = int(split.labels[number])
    probabilities = predictions.answers(split.name, torch.tensor([number]))[0].tolist()
    answer = probabilities.index(max(probabilities))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.header(f"{title(split)} {number}", anchor=False, width="content")
        st.button(
            "Close",
            icon=":material/close:",
            type="tertiary",
            on_click=selected_image.close_everywhere,
            key="browse_close",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        alt = f"{title(split).lower()} {number}, a {split.classes[label]}"
        st.html(pixel_html(split.images[number].numpy(), 196, alt), width="content")
        st.markdown(verdict_in_words(label, answer, split.classes), width="content")
    probability_bars(probabilities, answer)
    st.code(f"MNIST('data/', train={split.name == 'train'})[{number}]", language="python")
    with st.container(horizontal=True, gap="small"):
        if st.button("Show its 784 numbers", icon=":material/grid_on:", key="browse_numbers"):
            render_numbers(split, number)
        st.button(
            "Edit in Draw",
            icon=":material/draw:",
            on_click=filters.edit_in_draw,
            args=(split.images[number].numpy(),),
            key="browse_edit",
        )
    render_neighbours(split, number)


def title(split: Split) -> str:
    """Return "Test image" or "Training image"."""
    return f"{resources.SPLIT_WORDS[split.name].capitalize()} image"


def verdict_in_words(label: int, answer: int, names: Sequence[str] = DIGITS) -> str:
    """Say what the label is, what the model answers, and whether that is right."""
    mark = ":material/check: right" if answer == label else ":material/close: wrong"
    return f"Label: **{names[label]}**  \nThe model says: **{names[answer]}**  \n**{mark}**"


def render_neighbours(split: Split, number: int) -> None:
    """Show, to those who ask, the ten training images that look most like this one to the model."""
    question = st.expander("The training images most like it", key="browse_neighbours_asked", on_change="rerun")
    if not question.open:
        return
    with question:
        train = resources.available_split("train")
        seen = predictions.split_features("train")
        wanted = predictions.feature_unit(split.images[number])
        found = nearest_neighbours(seen.unit_features, wanted, exclude=number if split.name == "train" else None)
        numbers = torch.tensor(found.indices)
        answers = predictions.answers("train", numbers).argmax(dim=1).tolist()
        picture_grid(
            train.images[numbers].numpy(),
            tiles_of(train, found.indices, answers),
            None,
            title="The nearest training images",
            key="browse_neighbours",
            on_choose=filters.open_training_image,
        )
        st.caption(
            f"Nearest first, of all {len(train):,}: those with the smallest angle between the {len(wanted):,} numbers "
            "that the model's last layer gets. The cosines of these angles go from "
            f"{found.similarity[0]:.3f} to {found.similarity[-1]:.3f}."
        )


@st.dialog("28 rows of 28 numbers", width=960)
def render_numbers(split: Split, number: int) -> None:
    """Show the 28 x 28 values of an image, each on its own grey, as bytes or as the model gets them."""
    kind = st.segmented_control(
        "Values", (BYTES, TENSOR), default=BYTES, required=True, key="browse_values", label_visibility="collapsed"
    )
    name = f"{title(split)} {number}"
    levels = split.images[number].tolist()
    if kind == TENSOR:
        st.markdown(f"{name}, (byte / 255 - 0.1307) / 0.3081: what the model gets.")
        values = [[f"{value:.2f}" for value in row] for row in normalise(split.images[[number]])[0, 0].tolist()]
    else:
        st.markdown(f"{name}, a byte a pixel: 0 is black, 255 is white.")
        values = [[str(value) for value in row] for row in levels]
    st.html(numbers_table(levels, values))


def numbers_table(levels: list[list[int]], values: list[list[str]]) -> str:
    """Return a table of values as HTML, every cell in the grey of its byte."""
    head = "".join(f'<th scope="col">{column}</th>' for column in range(len(levels[0])))
    body = "".join(
        f'<tr><th scope="row">{at}</th>{"".join(map(number_cell, greys, row))}</tr>'
        for at, (greys, row) in enumerate(zip(levels, values, strict=True))
    )
    return (
        "<style>.numbers{overflow-x:auto}.numbers table{border-collapse:collapse;font-size:.64rem;"
        "font-variant-numeric:tabular-nums;text-align:center}.numbers td{min-width:2.75em;height:1.8em;padding:0}"
        ".numbers th{font-weight:400;opacity:.7;padding:0 .4em}</style>"
        '<div class="numbers" role="region" tabindex="0" aria-label="28 rows of 28 numbers">'
        f"<table><tr><td></td>{head}</tr>{body}</table></div>"
    )


def number_cell(level: int, value: str) -> str:
    """Return one cell: white figures on dark greys, black on light ones, faint where there is no ink."""
    colour = "#8c8c8c" if level == 0 else "#fff" if level < 120 else "#000"
    return f'<td style="background:rgb({level},{level},{level});color:{colour}">{value}</td>'
