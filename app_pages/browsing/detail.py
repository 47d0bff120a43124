"""The opened image of the Browse page: its pixels, its label, the model's answer and the most similar images."""

from collections.abc import Sequence

import streamlit as st
import torch

from app_pages.browsing import filters, links, selected_image
from app_pages.browsing.edit_in_draw import edit_in_draw
from app_pages.components.address_bar import write_address_of
from app_pages.components.html import NARROW, pixel_html, probability_bars
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.components.leaving import see_inside_button
from app_pages.state import mistakes, predictions, resources
from mnist_core.data.split import DIGITS, Split
from mnist_core.ink.normalisation import MEAN, STD, normalise

BYTES, TENSOR = "Bytes, 0 to 255", "Normalised tensor"
PEEK = 48  # px of the image in a line
LIGHT, DARK = (st.get_option(f"theme.{theme}.backgroundColor") for theme in ("light", "dark"))
PANELS = ":is(.st-key-browse_detail, .st-key-browse_featured, .st-key-browse_suggested)"
# The details stay in view beside the grid. On a narrow screen an opened image is a sheet at the bottom, and the one
# that nobody opened is a line there, which can be opened.
STYLE = f"""<style>
[data-testid="stColumn"] [data-testid="stLayoutWrapper"]:has({PANELS}) {{ position: sticky; top: 1rem; }}
{PANELS} {{ max-height: calc(100dvh - 2rem); overflow-y: auto; padding: 4px; }}
{PANELS} :is(h2, h3) {{ font-size: 1.6rem; padding: 0 0 .5rem; }}
.st-key-browse_peek, [data-testid="stLayoutWrapper"]:has(> .st-key-browse_peek) {{ display: none; }}
.st-key-browse_suggested h3, .st-key-browse_detail h3 {{ font-size: 1.3rem; }}
@media (max-width: {NARROW}) {{
  [data-testid="stColumn"] [data-testid="stLayoutWrapper"]:has({PANELS}) {{ position: static; }}
  .st-key-browse_featured, .st-key-browse_suggested {{ display: none; }}
  :is(.st-key-browse_detail, .st-key-browse_peek) {{
    position: fixed; inset: auto 0 0 0; margin: 0; z-index: 100; background: light-dark({LIGHT}, {DARK});
    border-radius: 14px 14px 0 0; box-shadow: 0 0 0 1px rgb(128 128 128 / .4), 0 -8px 24px rgb(0 0 0 / .25);
  }}
  .st-key-browse_detail {{ max-height: 60dvh; padding: .75rem 1rem 1.5rem; }}
  .st-key-browse_detail img {{ width: 112px !important; }}
  .st-key-browse_peek, [data-testid="stLayoutWrapper"]:has(> .st-key-browse_peek) {{ display: flex; }}
  .st-key-browse_peek {{ padding: .5rem 1rem; }}
  .st-key-browse_peek p {{ font-size: .9rem; line-height: 1.35; }}
  :is(.st-key-browse_filter, .st-key-browse_surprise) p {{
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }}
  .st-key-browse_digit, .st-key-browse_digit :is([data-testid="stButtonGroup"], [role="radiogroup"]) {{
    width: 100% !important; max-width: none;
  }}
  .st-key-browse_digit button {{ flex: 1 1 auto; min-width: 0; padding-inline: .25rem; }}
  .stMainBlockContainer {{ --covered: 61dvh; }}
  .stMainBlockContainer:has(.st-key-browse_peek) {{ padding-bottom: 6rem; }}
  .stMainBlockContainer:has(.st-key-browse_detail) {{ padding-bottom: 65dvh; }}
}}
</style>"""


@st.fragment(key=selected_image.DETAIL_FRAGMENT)
def render_detail_panel(split_name: str, suggested: int | None = None) -> None:
    """Show the opened image of a split, or another one while none is open; opening one runs only this part again.

    Args:
        split_name: of the split.
        suggested: the image to show while none is open; by default the model's most confident mistake.
    """
    split = resources.available_split(split_name)
    opened = selected_image.opened_image(len(split))
    if opened is not None:
        with st.container(key="browse_detail"):
            render_detail(split, opened, level=2 if suggested is None else 3)
    elif suggested is not None:
        with st.container(key="browse_suggested"):
            render_detail(split, suggested, closes=False, level=3)
    else:
        render_featured(split)
    links.put()
    write_address_of("detail")


def render_featured(split: Split) -> None:
    """Show the active model's most confident mistake, or an image of a split whose mistakes nobody has asked for."""
    number, words = 0, f"The first {resources.SPLIT_WORDS[split.name]} image"
    if split.name == "test" or mistakes.known_mistakes(split) is not None:
        mistake = selected_image.most_confident_mistake(split)
        if mistake is None:
            return
        number, words = (mistake, "Its most confident mistake") if mistake >= 0 else (0, "It makes no mistake here")
    with st.container(key="browse_peek", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        render_peek(split, number, words)
    with st.container(key="browse_featured"):
        render_detail(split, number, words, closes=False)


def render_peek(split: Split, number: int, words: str) -> None:
    """Show an image in a line, for a phone, where the details would cover the grid."""
    label = int(split.labels[number])
    answer = int(predictions.answers(split.name, torch.tensor([number]))[0].argmax())
    alt = f"{title(split)} {number}"
    st.html(pixel_html(split.images[number].numpy(), PEEK, alt), width="content")
    st.markdown(f"{words}: a **{split.classes[label]}**, read as **{split.classes[answer]}**")
    st.button("Open", on_click=selected_image.open_beside_grid, args=(number,), key="browse_open")


def render_detail(split: Split, number: int, overline: str = "", *, closes: bool = True, level: int = 2) -> None:
    """Show an image enlarged, its label, the model's answer, and what can be done with it.

    Args:
        split: the image's.
        number: its index.
        overline: why it is shown, when the visitor has not opened it.
        closes: whether it can be closed.
        level: of its heading, 2 or 3.
    """
    label = int(split.labels[number])
    probabilities = predictions.answers(split.name, torch.tensor([number]))[0].tolist()
    answer = probabilities.index(max(probabilities))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content", gap=None):
            if overline:
                st.caption(overline)
            heading = st.header if level == 2 else st.subheader
            heading(f"{title(split)} {number}", anchor=False, width="content")
        if closes:
            st.button(
                "Close",
                icon=":material/close:",
                type="tertiary",
                on_click=selected_image.close_and_rerun,
                key="browse_close",
            )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        alt = f"{title(split)} {number}, label {split.classes[label]}, read as {split.classes[answer]}"
        st.html(pixel_html(split.images[number].numpy(), 196, alt), width="content")
        st.markdown(verdict_in_words(label, answer, split.classes), width="content")
    probability_bars(probabilities, answer)
    st.code(f"MNIST('data/', train={split.name == 'train'})[{number}]", language="python")
    with st.container(horizontal=True, gap="small"):
        if st.button("Show all 784 values", icon=":material/grid_on:", key="browse_numbers"):
            render_numbers(split, number)
        st.button(
            "Edit in Draw",
            icon=":material/draw:",
            on_click=edit_in_draw,
            args=(split, number, f"{title(split)} {number}"),
            key="browse_edit",
        )
        see_inside_button("browse_inside", (split.name, number))
    render_neighbours(split, number)


def title(split: Split) -> str:
    """Return "Test image" or "Training image"."""
    return f"{resources.SPLIT_WORDS[split.name].capitalize()} image"


def verdict_in_words(label: int, answer: int, names: Sequence[str] = DIGITS) -> str:
    """Return the label, the model's answer, and whether that is right, as Markdown."""
    mark = ":material/check: right" if answer == label else ":material/close: wrong"
    return f"Label: **{names[label]}**  \nModel's answer: **{names[answer]}**  \n**{mark}**"


def render_neighbours(split: Split, number: int) -> None:
    """Show the ten training images that look most like this one to the model, once the visitor asks for them."""
    expander = st.expander("Most similar training images", key="browse_neighbours_asked", on_change="rerun")
    if not expander.open:
        return
    with expander:
        train = resources.available_split("train")
        similar = predictions.similar_training_images(split, number)
        if similar is None:
            return
        neighbours, width = similar
        numbers = torch.tensor(neighbours.indices)
        answers = predictions.answers("train", numbers).argmax(dim=1).tolist()
        picture_grid(
            train.images[numbers].numpy(),
            tiles_of(train, neighbours.indices, answers),
            None,
            title="Most similar training images",
            key="browse_neighbours",
            on_choose=filters.open_training_image,
        )
        st.caption(
            f"The most similar of all {len(train):,}, nearest first. Similarity is the cosine of the angle between two "
            f"vectors: the {width:,} numbers that the model's last layer receives for each image. Here "
            f"it falls from {neighbours.similarity[0]:.3f} to {neighbours.similarity[-1]:.3f}."
        )


@st.dialog("All 784 pixel values", width=960)
def render_numbers(split: Split, number: int) -> None:
    """Show the 28 × 28 values of an image, each on its own grey, as bytes or as the model receives them."""
    kind = st.segmented_control(
        "Values", (BYTES, TENSOR), default=BYTES, required=True, key="browse_values", label_visibility="collapsed"
    )
    name = f"{title(split)} {number}"
    levels = split.images[number].tolist()
    if kind == TENSOR:
        st.markdown(f"{name} as the model receives it: (byte / 255 - {MEAN}) / {STD}.")
        values = [[f"{value:.2f}" for value in row] for row in normalise(split.images[[number]])[0, 0].tolist()]
    else:
        st.markdown(f"{name}, one byte per pixel: 0 is black, 255 is white.")
        values = [[str(value) for value in row] for row in levels]
    st.html(numbers_table(levels, values))


def numbers_table(levels: list[list[int]], values: list[list[str]]) -> str:
    """Return an HTML table of values, every cell in the grey of its byte."""
    head = "".join(f'<th scope="col">{column}</th>' for column in range(len(levels[0])))
    body = "".join(
        f'<tr><th scope="row">{index}</th>{"".join(map(number_cell, greys, row))}</tr>'
        for index, (greys, row) in enumerate(zip(levels, values, strict=True))
    )
    return (
        "<style>.numbers{overflow-x:auto}.numbers table{border-collapse:collapse;font-size:.64rem;"
        "font-variant-numeric:tabular-nums;text-align:center}.numbers td{min-width:2.75em;height:1.8em;padding:0}"
        ".numbers th{font-weight:400;opacity:.7;padding:0 .4em}</style>"
        '<div class="numbers" role="region" tabindex="0" aria-label="28 rows of 28 values">'
        f"<table><tr><td></td>{head}</tr>{body}</table></div>"
    )


def number_cell(level: int, value: str) -> str:
    """Return one HTML cell: white text on dark greys, black on light ones, faint where there is no ink."""
    colour = "#8c8c8c" if level == 0 else "#fff" if level < 120 else "#000"
    return f'<td style="background:rgb({level},{level},{level});color:{colour}">{value}</td>'
