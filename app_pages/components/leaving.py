"""Go to another page from a button, with what it is to show."""

import streamlit as st

from app_pages.state import address, own_runs
from app_pages.state.inside import inside_state
from app_pages.state.session import session

DRAW, INSIDE = "app_pages/draw.py", "app_pages/inside.py"
LEARN_VIEW = "learn_view"  # the key of the widget that chooses a view of Learn


def leave_for(page: str) -> None:
    """Go to another page, in a callback, when the page runs next.

    NOTE: a run of the whole page has to do it. After a switch from a fragment the browser shows the widgets that both
    pages have, such as the choice of the model, with their first option.
    """
    session().leaves_for = page
    st.rerun()


def leave() -> None:
    """Go to the page that `leave_for` asked for, if it did."""
    state = session()
    if page := state.leaves_for:
        state.leaves_for = ""
        address.switch_page(page)


def show_view_of_learn(view: str) -> None:
    """Show another view of Learn, in a callback on that page.

    Args:
        view: its key.
    """
    st.session_state[LEARN_VIEW] = view
    st.rerun()


def see_inside(image: tuple[str, int] | None = None, model: str = "", step: int | None = None) -> None:
    """Go to Inside, in a callback.

    Args:
        image: the split and the number of the image to look at; None for the visitor's drawing.
        model: the name of the model to look at; "" for the one in use.
        step: after which step of its training; None for the latest.
    """
    state = inside_state()
    state.image, state.step, state.is_new = image, step, False
    if model:
        own_runs.choose_model(model)
    leave_for(INSIDE)


def see_inside_button(key: str, image: tuple[str, int] | None = None, model: str = "", step: int | None = None) -> None:
    """Offer to look inside the network, see `see_inside`."""
    st.button(
        "See inside", icon=":material/search:", on_click=see_inside, args=(image, model, step), key=key, width="content"
    )
