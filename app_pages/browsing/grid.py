"""The grid of the Browse page: the filters, and a page of the images that match them."""

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from app_pages.browsing import filters, links, selected_image
from app_pages.browsing.browse_state import browse_state
from app_pages.browsing.detail import render_detail_panel
from app_pages.components import missing_data
from app_pages.components.address_bar import write_address_of
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import mistakes, own_runs, predictions, resources
from mnist_core.analysis.query import Query, select
from mnist_core.data.split import Split

PAGE_SIZE = 100  # images


def render_grid_view(toolbar: DeltaGenerator) -> None:
    """Show the filters and a page of the images that match them, beside the opened image."""
    popover = toolbar.popover("Filter", icon=":material/tune:", key="browse_filter")
    with popover:
        filters.choose_split(labelled=True)
    grid_column, detail_column = st.columns([3, 2], gap="large")
    with grid_column:
        split = missing_data.split_or_standin(filters.chosen_split())
    with detail_column:  # first, because it may find the mistakes, whose number the grid tells
        render_detail_panel(split.name)
    with grid_column:
        render_grid(popover, toolbar)
    with popover:
        render_go_to(len(split))
    if split.name == "test":
        predictions.look_ahead()


@st.fragment(key=selected_image.GRID_FRAGMENT)
def render_grid(popover: DeltaGenerator, toolbar: DeltaGenerator) -> None:
    """Show the filters and a page of the images that match them; changing a filter runs only this part again."""
    with popover:
        filters.filter_form()
    filters.choose_digit()
    split, query = resources.available_split(filters.chosen_split()), filters.chosen_query()
    opened = selected_image.opened_image(len(split))
    numbers = matching_images(split, query)
    if query.is_correct is not False:
        with toolbar:
            render_mistakes_button(split)
    toolbar.button(
        "Surprise me",
        icon=":material/casino:",
        disabled=numbers is None or not len(numbers),
        on_click=selected_image.open_random_image,
        args=(numbers,),
        key="browse_surprise",
    )
    if numbers is not None:
        render_page(split, query, numbers, opened)
    links.put()
    write_address_of("grid")


def render_mistakes_button(split: Split) -> None:
    """Offer to show what the model misreads, with the number of images when that is known."""
    known = mistakes.known_mistakes(split)
    st.button(
        filters.mistakes_in_words(None if known is None else len(known)),
        type="primary",
        disabled=known == [],
        on_click=filters.show_mistakes,
        key="browse_mistakes",
    )


def render_go_to(count: int) -> None:
    """Ask for the number of an image, and open it."""
    # NOTE: floats, because Streamlit fails on a NaN, which any client can send, where it expects a whole number.
    st.number_input(
        "Go to image",
        0.0,
        float(count - 1),
        None,
        step=1.0,
        format="%g",
        placeholder=f"0 to {count - 1:,}",
        key="browse_number",
        on_change=lambda: selected_image.go_to_image(st.session_state.browse_number),
    )


def matching_images(split: Split, query: Query) -> torch.Tensor | None:
    """Return the numbers (n,) int64 of the images that match a query under the active model, in its order.

    None while the model's predictions of the whole split are computed, with progress on the page.
    """
    if not query.needs_predictions:
        return select(split.labels, None, query)
    probabilities = predictions.predictions(own_runs.active_model(), split.name)
    return None if probabilities is None else select(split.labels, probabilities, query)


def render_page(split: Split, query: Query, numbers: torch.Tensor, opened: int | None) -> None:
    """Describe the matching images in words, and show one page of them."""
    page_count = max(1, -(-len(numbers) // PAGE_SIZE))
    turn_page((split.name, query), page_of(opened, numbers), page_count)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            st.markdown(filters.in_words(len(numbers), split.name, query), width="content")
            if filters.is_filtered(query):
                st.button("Show all", type="tertiary", on_click=filters.show_all, key="browse_all")
        page = filters.choose_page(page_count)
    on_page = numbers[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    if not len(on_page):
        st.info("No image matches these filters with this model. Widen the filters or choose another model.")
        return
    answers = predictions.answers(split.name, on_page).argmax(dim=1).tolist()
    picture_grid(
        split.images[on_page].numpy(),
        tiles_of(split, on_page.tolist(), answers),
        opened,
        title=f"{resources.SPLIT_WORDS[split.name]} images",
        key="browse_grid",
        on_choose=selected_image.open_beside_grid,
    )


def turn_page(selection: tuple[str, Query], page_of_opened: int, page_count: int) -> None:
    """Set the page: the first one of a new selection, or the one with the image that the visitor went to."""
    state, widgets = browse_state(), st.session_state
    is_new_selection = state.last_selection not in (None, selection)
    if state.turns_to_image:
        widgets.browse_page = page_of_opened
    elif "browse_page" in widgets and (is_new_selection or not 1 <= widgets.browse_page <= page_count):
        widgets.browse_page = 1
    state.last_selection, state.turns_to_image = selection, False


def page_of(number: int | None, numbers: torch.Tensor) -> int:
    """Return the page that holds an image, counted from 1; the first page when the image is not among `numbers`."""
    places = torch.nonzero(numbers == number).flatten().tolist() if number is not None else []
    return places[0] // PAGE_SIZE + 1 if places else 1
