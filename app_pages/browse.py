"""Browse the images: in a grid that can be filtered, by confusion matrix, on a map, or on average; and open one."""

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from app_pages.browsing import filters, selected_image
from app_pages.browsing.averages import render_averages
from app_pages.browsing.confusion import render_confusion
from app_pages.browsing.detail import STYLE, render_opened
from app_pages.browsing.map import render_map
from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import own_runs, predictions, resources
from app_pages.state.session import session
from mnist_core.analysis.query import Query, select
from mnist_core.data.split import Split

A_PAGE = 100  # images
NONE_OPEN = "No image is open yet. Click one, or go to it with the arrow keys and press Enter."
NONE_ON_MAP = "No image is open yet. Click a point, or choose one of the pictures under the map."


def render_grid(tools: DeltaGenerator) -> None:
    """Show the filters and a page of the images that they leave, beside the opened one."""
    more = tools.popover("Filter", icon=":material/tune:", key="browse_filter")
    with more:
        filters.choose_split(labelled=True)
    shelf, beside = st.columns([3, 2], gap="large")
    with shelf:
        split = missing_data.split_or_standin(filters.chosen_split())
        render_shelf(more, tools)
    with more:
        render_go_to(len(split))
    with beside:
        render_beside(split.name, NONE_OPEN)
    if split.name == "test":
        predictions.look_ahead()


@st.fragment(key=selected_image.GRID_FRAGMENT)
def render_shelf(more: DeltaGenerator, tools: DeltaGenerator) -> None:
    """Show the filters and a page of the images that they leave; a change of a filter shows only this anew."""
    with more:
        filters.filter_form()
    filters.choose_digit()
    split, query = resources.available_split(filters.chosen_split()), filters.chosen_query()
    opened = selected_image.opened_image(len(split))
    found = found_by(query, split)
    tools.button(
        "Surprise me",
        icon=":material/casino:",
        disabled=not len(found),
        on_click=selected_image.surprise,
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
        on_change=lambda: selected_image.go_to(st.session_state.browse_number),
    )


def found_by(query: Query, split: Split) -> torch.Tensor:
    """Return the numbers of the images that the filters leave, in their order."""
    probabilities = predictions.predictions(own_runs.active_model(), split.name) if query.needs_predictions else None
    return select(split.labels, probabilities, query)


def render_page(split: Split, found: torch.Tensor, query: Query, opened: int | None) -> None:
    """Say in words what is shown, and show one page of it."""
    pages = max(1, -(-len(found) // A_PAGE))
    turn_page((split.name, query), page_of(opened, found), pages)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.markdown(filters.in_words(len(found), split.name, query), width="content")
            if filters.is_filtered(query):
                st.button("Show all", type="tertiary", on_click=filters.show_all, key="browse_all")
        page = filters.choose_page(pages)
    numbers = found[(page - 1) * A_PAGE : page * A_PAGE]
    if not len(numbers):
        st.info("No image is like that under the model in use. Widen the filter, or choose another model.")
        return
    answers = predictions.answers(split.name, numbers).argmax(dim=1).tolist()
    picture_grid(
        split.images[numbers].numpy(),
        tiles_of(split, numbers.tolist(), answers),
        opened,
        title=f"{resources.SPLIT_WORDS[split.name]} images",
        key="browse_grid",
        on_choose=selected_image.show_image,
    )


def turn_page(shown: object, page_of_opened: int, pages: int) -> None:
    """Choose the page: the first one of another choice, or the one that holds the image that was gone to."""
    here, known = session(), st.session_state
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


@st.fragment(key=selected_image.DETAIL_FRAGMENT)
def render_beside(name: str, otherwise: str) -> None:
    """Show the opened image of a split, or say how to open one; a click on another one shows only this anew."""
    split = resources.available_split(name)
    opened = selected_image.opened_image(len(split))
    if opened is None:
        st.caption(otherwise)
        return
    with st.container(key="browse_detail"):
        render_opened(split, opened)


def render_map_view() -> None:
    """Show the map beside the opened image."""
    if filters.chosen_split() != "test":
        selected_image.close_image()
    split = missing_data.split_or_standin("test")
    opened = selected_image.opened_image(len(split))
    shelf, beside = st.columns([3, 2], gap="large")
    with shelf:
        render_map(split, opened)
    with beside:
        render_beside(split.name, NONE_ON_MAP)


filters.leave_or_return()
heading("Browse", "MNIST's images, and what the model makes of them. Open one to see all that is in it.")
st.html(STYLE)
tools = st.container(horizontal=True, gap="small", vertical_alignment="center")
with tools:
    view = filters.choose_view()
if view == filters.GRID:
    render_grid(tools)
elif view == filters.MAP:
    filters.keep_filters()
    render_map_view()
else:
    filters.keep_filters()
    with tools:
        filters.choose_split()
    split = missing_data.split_or_standin(filters.chosen_split())
    if view == filters.CONFUSION:
        render_confusion(split)
    else:
        render_averages(split)
