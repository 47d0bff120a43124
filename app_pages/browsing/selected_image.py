"""Which image is open on the Browse page; the URL names it."""

import re

import streamlit as st
import torch

from app_pages.browsing.browse_state import browse_state

# The parts of the page that can run again alone.
GRID_FRAGMENT, DETAIL_FRAGMENT = "browse_grid_fragment", "browse_detail_fragment"


def opened_image(count: int) -> int | None:
    """Return the number of the image that the URL names, else of the one opened last.

    Returns None, and closes the image, when it is not one of the split's `count` images.
    """
    named = st.query_params.get("image")
    number = _number(named) if named else browse_state().image
    if number is None or number >= count:
        close_image()
        return None
    open_image(number)
    return number


def _number(text: str) -> int | None:
    """Return the whole number in a text; None for any other text, and for more digits than any split needs."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def open_image(number: int) -> None:
    """Open an image: name it in the URL, and remember it for the return from another page."""
    st.query_params["image"] = str(number)
    browse_state().image = number


def open_beside_grid(number: int) -> None:
    """Open an image, in a callback; only the details beside the grid run again."""
    open_image(number)
    st.rerun(DETAIL_FRAGMENT)


def go_to_image(number: float | None) -> None:
    """Open an image and turn the grid to its page."""
    if number is not None:
        open_image(int(number))
        browse_state().turns_to_image = True


def open_random_image(numbers: torch.Tensor) -> None:
    """Open one of these images, chosen at random, in a callback."""
    if len(numbers):
        go_to_image(int(numbers[torch.randint(len(numbers), (1,))]))
        st.rerun()  # the whole page, not only the fragment with the button


def close_image() -> None:
    """Close the opened image."""
    st.query_params.pop("image", None)
    browse_state().image = None


def close_and_rerun() -> None:
    """Close the opened image, in a callback, and run the whole page again."""
    close_image()
    st.rerun()
