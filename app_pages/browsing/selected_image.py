"""Which image of the Browse page is open; the URL says so too."""

import streamlit as st
import torch

from app_pages.state.session import session

GRID_FRAGMENT, DETAIL_FRAGMENT = (
    "browse_shelf",
    "browse_beside",
)  # the parts of the page that are shown anew by themselves


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


def show_image(number: int) -> None:
    """Open an image in a callback, where nothing but what stands beside the grid has to change."""
    open_image(number)
    st.rerun(DETAIL_FRAGMENT)


def go_to(number: int | None) -> None:
    """Open an image and turn to the page that holds it."""
    if number is not None:
        open_image(number)
        session().browse_follows = True


def surprise(found: torch.Tensor) -> None:
    """Open any of the images found."""
    if len(found):
        go_to(int(found[torch.randint(len(found), (1,))]))
        st.rerun()  # all of the page, not only the part with the button


def close_image() -> None:
    """Close the opened image."""
    st.query_params.pop("image", None)
    st.session_state.pop("browse_image", None)


def close_everywhere() -> None:
    """Close the opened image in a callback, and show all of the page anew."""
    close_image()
    st.rerun()
