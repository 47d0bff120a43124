"""Browse the images: in a grid that can be filtered, by confusion matrix, on a map, or on average; and open one."""

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from app_pages import choosing, data_panel, opening, shared, state, surveys
from app_pages.browse_views import render_averages, render_confusion, render_map
from app_pages.grid import picture_grid, tiles_of
from app_pages.opened import STYLE, render_opened
from mnist_core.data import Split
from mnist_core.exploring import Query, select

A_PAGE = 100  # images
NONE_OPEN = "No image is open yet. Click one, or go to it with the arrow keys and press Enter."
NONE_ON_MAP = "No image is open yet. Click a point, or choose one of the pictures under the map."


def render_grid(tools: DeltaGenerator) -> None:
    """Show the filters and a page of the images that they leave, beside the opened one."""
    more = tools.popover("Filter", icon=":material/tune:", key="browse_filter")
    with more:
        choosing.choose_split(labelled=True)
    shelf, beside = st.columns([3, 2], gap="large")
    with shelf:
        split = data_panel.split_or_standin(choosing.chosen_split())
        render_shelf(more, tools)
    with more:
        render_go_to(len(split))
    with beside:
        render_beside(split.name, NONE_OPEN)
    if split.name == "test":
        surveys.look_ahead()


@st.fragment(key=opening.SHELF)
def render_shelf(more: DeltaGenerator, tools: DeltaGenerator) -> None:
    """Show the filters and a page of the images that they leave; a change of a filter shows only this anew."""
    with more:
        choosing.filter_form()
    choosing.choose_digit()
    split, query = shared.digits(choosing.chosen_split()), choosing.chosen_query()
    opened = opening.opened_image(len(split))
    found = found_by(query, split)
    tools.button(
        "Surprise me",
        icon=":material/casino:",
        disabled=not len(found),
        on_click=opening.surprise,
        args=(found,),
        key="browse_surprise",
    )
    render_page(split, found, query, opened)


def render_go_to(count: int) -> None:
    """Ask for the number of an image, and open it."""
    st.number_input(
        "Go to image",
        0,
        count - 1,
        None,
        placeholder=f"0 to {count - 1:,}",
        key="browse_number",
        on_change=lambda: opening.go_to(st.session_state.browse_number),
    )


def found_by(query: Query, split: Split) -> torch.Tensor:
    """Return the numbers of the images that the filters leave, in their order."""
    probabilities = surveys.predictions(state.active_model(), split.name) if query.needs_answers else None
    return select(split.labels, probabilities, query)


def render_page(split: Split, found: torch.Tensor, query: Query, opened: int | None) -> None:
    """Say in words what is shown, and show one page of it."""
    pages = max(1, -(-len(found) // A_PAGE))
    turn_page((split.name, query), page_of(opened, found), pages)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.markdown(choosing.in_words(len(found), split.name, query), width="content")
            if choosing.is_filtered(query):
                st.button("Show all", type="tertiary", on_click=choosing.show_all, key="browse_all")
        page = choosing.choose_page(pages)
    numbers = found[(page - 1) * A_PAGE : page * A_PAGE]
    if not len(numbers):
        st.info("No image is like that under the model in use. Widen the filter, or choose another model.")
        return
    answers = surveys.answers(split.name, numbers).argmax(dim=1).tolist()
    picture_grid(
        split.images[numbers].numpy(),
        tiles_of(split, numbers.tolist(), answers),
        opened,
        title=f"{shared.SPLIT_WORDS[split.name]} images",
        key="browse_grid",
        on_choose=opening.show_image,
    )


def turn_page(shown: object, page_of_opened: int, pages: int) -> None:
    """Choose the page: the first one of another choice, or the one that holds the image that was gone to."""
    here, known = state.session(), st.session_state
    is_entry = "browse_page" not in known and "browse_page" not in st.query_params
    if here.browse_follows or is_entry:  # a link to an image leads to its page
        known.browse_page = page_of_opened
    elif "browse_page" in known and (here.browsed != shown or known.browse_page > pages):
        known.browse_page = 1
    here.browsed, here.browse_follows = shown, False


def page_of(number: int | None, found: torch.Tensor) -> int:
    """Return the page that holds an image, or the first page when it is not among those found."""
    place = torch.nonzero(found == number).flatten().tolist() if number is not None else []
    return place[0] // A_PAGE + 1 if place else 1


@st.fragment(key=opening.BESIDE)
def render_beside(name: str, otherwise: str) -> None:
    """Show the opened image of a split, or say how to open one; a click on another one shows only this anew."""
    split = shared.digits(name)
    opened = opening.opened_image(len(split))
    if opened is None:
        st.caption(otherwise)
        return
    with st.container(key="browse_detail"):
        render_opened(split, opened)


def render_map_view() -> None:
    """Show the map beside the opened image."""
    if choosing.chosen_split() != "test":
        opening.close_image()
    split = data_panel.split_or_standin("test")
    opened = opening.opened_image(len(split))
    shelf, beside = st.columns([3, 2], gap="large")
    with shelf:
        render_map(split, opened)
    with beside:
        render_beside(split.name, NONE_ON_MAP)


choosing.leave_or_return()
state.heading("Browse", "MNIST's images, and what the model makes of them. Open one to see all that is in it.")
st.html(STYLE)
tools = st.container(horizontal=True, gap="small", vertical_alignment="center")
with tools:
    view = choosing.choose_view()
if view == choosing.GRID:
    render_grid(tools)
elif view == choosing.MAP:
    choosing.keep_filters()
    render_map_view()
else:
    choosing.keep_filters()
    with tools:
        choosing.choose_split()
    split = data_panel.split_or_standin(choosing.chosen_split())
    if view == choosing.CONFUSION:
        render_confusion(split)
    else:
        render_averages(split)
