"""What the Browse page shows: the view and the filters, all of them in the URL."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from app_pages.browsing import selected_image
from app_pages.state import canvas, resources
from app_pages.state.session import session
from mnist_core.analysis.query import INDEX, LEAST_SURE, LOSS, SUREST, Query
from mnist_core.data.split import DIGITS
from mnist_core.ink.vectorisation import vectorise

ALL = "All"
GRID, CONFUSION, MAP, AVERAGES = "Grid", "Confusion", "Map", "Averages"
VIEWS = (GRID, CONFUSION, MAP, AVERAGES)
SPLITS = {"Test": "test", "Train": "train"}
ANSWERS = {ALL: None, "Right": True, "Wrong": False}
SORTS = {"Number": INDEX, "Surest first": SUREST, "Least sure first": LEAST_SURE, "Largest loss first": LOSS}
UNFILTERED = {
    "browse_digit": ALL,
    "browse_answer": ALL,
    "browse_read": ALL,
    "browse_sure": (0, 100),
    "browse_sort": "Number",
}

BOUND = UNFILTERED | {"browse_view": GRID, "browse_split": "Test", "browse_page": 1}
DRAW = "app_pages/draw.py"


def choose_view() -> str:
    """Ask which view to show."""
    return _segments("View", VIEWS, "browse_view")


def choose_split(*, labelled: bool = False) -> None:
    """Ask for the test or the training images."""
    _segments("Images", tuple(SPLITS), "browse_split", shown=labelled, on_change=selected_image.close_image)


def choose_digit() -> None:
    """Ask for the digit that the images show."""
    _segments("Digit", (ALL, *DIGITS), "browse_digit", format_func=_names())


def _names() -> Callable[[str], str]:
    names = {ALL: ALL} | dict(zip(DIGITS, resources.class_names(), strict=True))
    return names.__getitem__


def _segments(label: str, options: tuple[str, ...], key: str, *, shown: bool = False, **more: object) -> str:
    chosen: str = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        key=key,
        bind="query-params",
        persist_state="session",
        label_visibility="visible" if shown else "collapsed",
        wrap=True,
        **more,  # type: ignore[call-overload]
    )
    return chosen


def filter_form() -> None:
    """Ask for everything about an image but its split and its digit."""
    _segments("The model's answer is", tuple(ANSWERS), "browse_answer", shown=True)
    _segments("It reads the image as", (ALL, *DIGITS), "browse_read", shown=True, format_func=_names())
    st.slider("How sure it is (%)", 0, 100, (0, 100), key="browse_sure", bind="query-params", persist_state="session")
    st.selectbox("Order", list(SORTS), key="browse_sort", bind="query-params", persist_state="session")


def choose_page(pages: int) -> int:
    """Ask for one of so many pages."""
    page: int = st.pagination(pages, key="browse_page", bind="query-params")
    return page


def keep_filters() -> None:
    """Keep the filters while no widget shows them.

    NOTE: Streamlit writes a value that a callback sets into the URL only where there was one before.
    """
    for key, value in UNFILTERED.items():
        st.session_state.setdefault(key, value)


def show_all() -> None:
    """Drop every filter but the split."""
    st.session_state.update(UNFILTERED)


def show_cell(label: int, answer: int) -> None:
    """Turn to the images of a cell of the confusion matrix, those that the model is surest of first."""
    st.session_state.update(UNFILTERED)
    st.session_state.browse_digit, st.session_state.browse_read = str(label), str(answer)
    st.session_state.browse_sort, st.session_state.browse_view = "Surest first", GRID
    selected_image.close_image()


def show_wrong() -> None:
    """Turn to all that the model gets wrong, the most confidently wrong first."""
    st.session_state.update(UNFILTERED)
    st.session_state.browse_answer = "Wrong"
    st.session_state.browse_sort, st.session_state.browse_view = "Surest first", GRID
    selected_image.close_image()


def chosen_split() -> str:
    """Return "test" or "train"."""
    return SPLITS.get(_known("browse_split", "Test"), "test")


def chosen_query() -> Query:
    """Return what the filters ask for."""
    digit, read = _known("browse_digit", ALL), _known("browse_read", ALL)
    low, high = _known("browse_sure", (0, 100))
    return Query(
        label=None if digit == ALL else int(digit),
        predicted=None if read == ALL else int(read),
        is_correct=ANSWERS[_known("browse_answer", ALL)],
        confidence=(low / 100, high / 100),
        sort=SORTS[_known("browse_sort", "Number")],
    )


def _known(key: str, default: Any) -> Any:
    return st.session_state.get(key, default)


def is_filtered(query: Query) -> bool:
    """True when a query leaves images out."""
    return (query.label, query.predicted, query.is_correct, query.confidence) != (None, None, None, (0.0, 1.0))


def in_words(count: int, split: str, query: Query) -> str:
    """Return what is shown: "1,135 images of a 1", "12 images of a 4, read as a 9, surest first"."""
    words = f"{count:,} {'training ' if split == 'train' else ''}image{'' if count == 1 else 's'}"
    if query.label is not None:
        words += f" of {_a(query.label)}"
    if query.predicted is not None:
        words += f", read as {_a(query.predicted)}"
    if query.is_correct is not None:
        words += f", read {'right' if query.is_correct else 'wrong'}"
    if query.confidence != (0.0, 1.0):
        words += f", the model {query.confidence[0]:.0%} to {query.confidence[1]:.0%} sure".replace("%", " %")
    order = next(name for name, sort in SORTS.items() if sort == query.sort)
    return words + ("" if query.sort == INDEX else f", {order.lower()}")


def _a(label: int) -> str:
    name = resources.class_names()[label]
    return f"{'an' if name == '8' else 'a'} {name}"


def open_training_image(number: int) -> None:
    """Open a training image, whichever split the page shows."""
    st.session_state.browse_split, st.session_state.browse_view = "Train", GRID
    show_all()
    selected_image.go_to(number)
    st.rerun()  # all of the page, not only what stands beside the grid


def edit_in_draw(image: np.ndarray) -> None:
    """Put an image (28, 28) uint8 on the canvas as strokes, and go there when the page runs next."""
    canvas.show_on_canvas(vectorise(image))
    here = session()
    here.browse_kept = {key: st.session_state[key] for key in BOUND if key in st.session_state}
    here.browse_leaves = True
    st.session_state.update(BOUND)
    st.rerun()


def leave_or_return() -> None:
    """Go to the canvas if that was asked for; come back to what was shown before.

    NOTE: Streamlit goes to no other page while the URL holds what a widget is bound to. So every such widget is shown
    once more as if nothing had been chosen, and what was chosen waits in the session.
    """
    here = session()
    if here.browse_leaves:
        here.browse_leaves = False
        choose_view()
        choose_split()
        choose_digit()
        filter_form()
        choose_page(1)
        st.switch_page(DRAW)
    st.session_state.update(here.browse_kept)
    here.browse_kept = {}
