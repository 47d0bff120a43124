"""Browse the 10,000 test images, and open one to see its pixels and what the active model makes of it."""

import streamlit as st
import torch

from app_pages import show, state
from app_pages.grid import picture_grid
from mnist_core.data import DIGITS, Split
from mnist_core.ink import normalise

A_PAGE = 100  # images
ALL = "All"
NARROW = "640px"  # below it Streamlit puts columns under one another
PAPER = f"light-dark({st.get_option('theme.light.backgroundColor')}, {st.get_option('theme.dark.backgroundColor')})"
# The opened image stays in sight beside the grid; where there is no room beside it, it comes up from the bottom.
STYLE = f"""<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-browse_detail) {{ position: sticky; top: 4.5rem; }}
.st-key-browse_detail {{ max-height: calc(100dvh - 6rem); overflow-y: auto; padding: 4px; }}
.st-key-browse_detail h2 {{ font-size: 1.6rem; padding: 0; }}
@media (max-width: {NARROW}) {{
  [data-testid="stLayoutWrapper"]:has(> .st-key-browse_detail) {{ position: static; }}
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


def render_filter(split: Split) -> torch.Tensor:
    """Show the choice of a digit; returns the numbers of the images that have it, (N,) int64."""
    digit = st.segmented_control(
        "Digit",
        [ALL, *DIGITS],
        format_func=lambda digit: ALL if digit == ALL else split.classes[int(digit)],
        default=ALL,
        required=True,
        key="browse_digit",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    if digit == ALL:
        return torch.arange(len(split))
    return torch.nonzero(split.labels == int(digit)).flatten()


def render_page(split: Split, found: torch.Tensor, opened: int | None) -> None:
    """Show how many images there are, and one page of them."""
    digit = st.session_state.browse_digit
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(count_in_words(len(found), digit, split.classes))
        page = st.pagination(
            -(-len(found) // A_PAGE),
            default=page_of(opened, found),  # a link to an image leads to its page
            key=f"browse_page_{digit}",  # each digit has pages of its own: another digit begins on its first
            bind="query-params",
        )
    numbers = found[(page - 1) * A_PAGE : page * A_PAGE]
    picture_grid(
        split.images[numbers].numpy(),
        numbers.tolist(),
        [split.classes[label] for label in split.labels[numbers].tolist()],
        opened,
        key="browse_grid",
        on_choose=open_image,
    )


def page_of(number: int | None, found: torch.Tensor) -> int:
    """Return the page that holds an image, or the first page when it is not among those found."""
    place = torch.nonzero(found == number).flatten().tolist() if number is not None else []
    return place[0] // A_PAGE + 1 if place else 1


def count_in_words(count: int, digit: str, classes: tuple[str, ...] = DIGITS) -> str:
    """Return "1,135 images of a 1", or "10,000 images" where no digit is chosen."""
    if digit == ALL:
        return f"{count:,} images"
    article = "an" if digit == "8" and classes == DIGITS else "a"
    return f"{count:,} images of {article} {classes[int(digit)]}"


def opened_image(count: int) -> int | None:
    """Return the number of the image that the URL names, else the one opened last; None when nothing is open."""
    named = st.query_params.get("image") or st.session_state.get("browse_image", "")
    if not (named.isdecimal() and int(named) < count):
        close_image()
        return None
    open_image(int(named))
    return int(named)


def open_image(number: int) -> None:
    """Open an image, in the URL and for when the visitor comes back from another page."""
    st.query_params["image"] = st.session_state.browse_image = str(number)


def close_image() -> None:
    """Close the opened image."""
    st.query_params.pop("image", None)
    st.session_state.pop("browse_image", None)


def render_opened(split: Split, number: int) -> None:
    """Show an image in large, its label, the model's answer, and the way to its numbers."""
    label = int(split.labels[number])
    probabilities = state.active_reader().probabilities(normalise(split.images[[number]]))[0].tolist()
    answer = probabilities.index(max(probabilities))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.header(f"Test image {number}", anchor=False, width="content")
        st.button("Close", icon=":material/close:", type="tertiary", on_click=close_image, key="browse_close")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        st.html(
            show.pixel_html(split.images[number].numpy(), 196, f"test image {number}, a {split.classes[label]}"),
            width="content",
        )
        st.markdown(verdict_in_words(label, answer, split.classes), width="content")
    show.probability_bars(probabilities, answer)
    st.code(f"MNIST('data/', train=False)[{number}]", language="python")
    if st.button("Show its 784 numbers", icon=":material/grid_on:", key="browse_numbers"):
        render_numbers(split, number)


def verdict_in_words(label: int, answer: int, classes: tuple[str, ...] = DIGITS) -> str:
    """Say what the label is, what the model answers, and whether that is right."""
    mark = ":material/check: right" if answer == label else ":material/close: wrong"
    return f"Label: **{classes[label]}**  \nThe model says: **{classes[answer]}**  \n**{mark}**"


@st.dialog("28 rows of 28 numbers", width=790)
def render_numbers(split: Split, number: int) -> None:
    """Show the 28 x 28 bytes of an image, each on its own grey."""
    st.markdown(f"Test image {number}, a byte a pixel: 0 is black, 255 is white.")
    st.html(numbers_table(split.images[number].tolist()))


def numbers_table(rows: list[list[int]]) -> str:
    """Return a table of bytes as HTML, every cell in the grey that its number stands for."""
    head = "".join(f'<th scope="col">{column}</th>' for column in range(len(rows[0])))
    body = "".join(
        f'<tr><th scope="row">{at}</th>{"".join(number_cell(value) for value in row)}</tr>'
        for at, row in enumerate(rows)
    )
    return (
        "<style>.numbers{overflow-x:auto}.numbers table{border-collapse:collapse;font-size:.68rem;"
        "font-variant-numeric:tabular-nums;text-align:center}.numbers td{min-width:2.1em;height:1.8em;padding:0}"
        ".numbers th{font-weight:400;opacity:.7;padding:0 .4em}</style>"
        '<div class="numbers" role="region" tabindex="0" aria-label="28 rows of 28 numbers">'
        f"<table><tr><td></td>{head}</tr>{body}</table></div>"
    )


def number_cell(value: int) -> str:
    """Return one cell: white figures on dark greys, black on light ones, faint where there is no ink."""
    colour = "#8c8c8c" if value == 0 else "#fff" if value < 120 else "#000"
    return f'<td style="background:rgb({value},{value},{value});color:{colour}">{value}</td>'


state.heading(
    "Browse", "The images that MNIST keeps for testing. Click one to see its pixels and what the model makes of it."
)
split = state.split_or_stop("test", "Browse")
st.html(STYLE)
opened = opened_image(len(split))
shelf, beside = st.columns([3, 2], gap="large")
with shelf:
    render_page(split, render_filter(split), opened)
with beside:
    if opened is None:
        st.caption("No image is open yet. Click one, or go to it with the arrow keys and press Enter.")
    else:
        with st.container(key="browse_detail"):
            render_opened(split, opened)
