"""Which image is open on the Browse page."""

import streamlit as st
import torch

from app_pages.browsing.browse_state import browse_state
from app_pages.state import mistakes, own_runs, predictions
from mnist_core.data.split import Split

# The parts of the page that can run again alone.
GRID_FRAGMENT, DETAIL_FRAGMENT = "browse_grid_fragment", "browse_detail_fragment"


def opened_image(count: int) -> int | None:
    """Return the number of the image that the visitor opened, None when they opened none.

    It is closed when it is not one of the split's `count` images.
    """
    state = browse_state()
    if state.image is not None and state.image >= count:
        state.image = None
    return state.image


def most_confident_mistake(split: Split) -> int | None:
    """Return the image that the active model misreads most confidently.

    The model of a run that is still training changes again and again: until the mistakes of the new one are known, the
    image that was shown last stays.

    Returns:
        None while the model's predictions are computed, with progress on the page; -1 when it makes no mistake.
    """
    state, model = browse_state(), own_runs.active_model()
    of = model, split.source, len(split)
    numbers = mistakes.known_mistakes(split)
    if numbers is None:
        if state.mistake and state.mistake[0] == of:
            return state.mistake[1]
        if predictions.predictions(model, split.name) is None:
            return None
        numbers = mistakes.known_mistakes(split) or []
    number = numbers[0] if numbers else -1
    state.mistake = of, number
    return number


def open_image(number: int) -> None:
    """Open an image, in a callback."""
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
    browse_state().image = None


def close_and_rerun() -> None:
    """Close the opened image, in a callback, and run the whole page again."""
    close_image()
    st.rerun()
