"""What the Browse page shows: the view and the filters; `links` has them in the URL."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app_pages.browsing import selected_image
from app_pages.browsing.browse_state import browse_state
from app_pages.state import resources
from app_pages.state.widgets import shown_place, shown_value
from mnist_core.analysis.query import INDEX, LEAST_SURE, LOSS, SUREST, Query
from mnist_core.data.split import DIGITS

# The options appear in URLs: renaming one breaks old links.
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
DEFAULTS = UNFILTERED | {"browse_view": GRID, "browse_split": "Test", "browse_page": 1}


def choose_view() -> str:
    """Ask which view to show."""
    return _segmented_control("View", VIEWS, "browse_view")


def choose_split(*, labelled: bool = False) -> None:
    """Ask for the test or the training images."""
    _segmented_control("Images", tuple(SPLITS), "browse_split", labelled=labelled, on_change=selected_image.close_image)


def choose_digit() -> None:
    """Ask for the label of the images."""
    _segmented_control("Digit", (ALL, *DIGITS), "browse_digit", format_func=_class_name())


def filter_form() -> None:
    """Ask for everything about an image except its split and its label."""
    _segmented_control("Right or wrong", tuple(ANSWERS), "browse_answer", labelled=True)
    _segmented_control("Model's answer", (ALL, *DIGITS), "browse_read", labelled=True, format_func=_class_name())
    st.slider(
        "Model's confidence (%)",
        0,
        100,
        shown_value("browse_sure", (0, 100)),
        key="browse_sure",
        persist_state="session",
    )
    orders = list(SORTS)
    st.selectbox("Order", orders, shown_place("browse_sort", orders), key="browse_sort", persist_state="session")


def choose_page(page_count: int) -> int:
    """Ask for a page, counted from 1."""
    shown = min(shown_value("browse_page", 1), page_count)
    page: int = st.pagination(page_count, default=shown, key="browse_page", persist_state="session")
    return page


def _class_name() -> Callable[[str], str]:
    names = {ALL: ALL} | dict(zip(DIGITS, resources.class_names(), strict=True))
    return names.__getitem__


def _segmented_control(
    label: str, options: tuple[str, ...], key: str, *, labelled: bool = False, **settings: object
) -> str:
    chosen: str | None = st.segmented_control(
        label,
        options,
        default=shown_value(key, options[0]),
        required=True,
        key=key,
        persist_state="session",
        label_visibility="visible" if labelled else "collapsed",
        wrap=True,
        **settings,  # type: ignore[call-overload]
    )
    return options[0] if chosen is None else chosen


def show_all() -> None:
    """Clear every filter except the split."""
    st.session_state.update(UNFILTERED)


def choose_cell(label: int, answer: int) -> None:
    """Show the images of a cell of the confusion matrix beside it."""
    browse_state().cell = label, answer
    selected_image.close_image()


def show_cell(label: int, answer: int) -> None:
    """Show the images of a cell of the confusion matrix in the grid, the most confident answers first."""
    st.session_state.update(UNFILTERED)
    st.session_state.browse_digit, st.session_state.browse_read = str(label), str(answer)
    st.session_state.browse_sort, st.session_state.browse_view = "Surest first", GRID


def show_mistakes() -> None:
    """Show all the model's mistakes in the grid, the most confident first."""
    st.session_state.update(UNFILTERED)
    st.session_state.browse_answer = "Wrong"
    st.session_state.browse_sort, st.session_state.browse_view = "Surest first", GRID
    selected_image.close_image()
    st.rerun()  # the whole page, not only the fragment with the button


def mistakes_in_words(count: int | None) -> str:
    """Return the label of the button that shows the model's mistakes; None when their number is not known yet."""
    return "Show its mistakes" if count is None else f"Show its {count:,} mistake{'' if count == 1 else 's'}"


def open_training_image(number: int) -> None:
    """Open a training image in the grid, in a callback, whichever split the page shows."""
    st.session_state.browse_split, st.session_state.browse_view = "Train", GRID
    show_all()
    selected_image.go_to_image(number)
    st.rerun()  # the whole page, not only the details beside the grid


def chosen_view() -> str:
    """Return one of `VIEWS`."""
    view = _chosen("browse_view", GRID)
    return view if view in VIEWS else GRID


def chosen_split() -> str:
    """Return "test" or "train"."""
    return SPLITS.get(_chosen("browse_split", "Test"), "test")


def chosen_query() -> Query:
    """Return the query that the filters describe.

    NOTE: a link, or a client that is no browser, can leave a widget without a choice, and mix up the ends of a range.
    """
    low, high = sorted(_chosen("browse_sure", (0, 100)))
    return Query(
        label=_chosen_digit("browse_digit"),
        predicted=_chosen_digit("browse_read"),
        is_correct=ANSWERS.get(_chosen("browse_answer", ALL)),
        confidence=(low / 100, high / 100),
        sort=SORTS[_chosen("browse_sort", "Number")],
    )


def _chosen_digit(key: str) -> int | None:
    chosen = _chosen(key, ALL)
    return DIGITS.index(chosen) if chosen in DIGITS else None


def _chosen(key: str, default: Any) -> Any:
    return st.session_state.get(key, default)


def is_filtered(query: Query) -> bool:
    """True when a query leaves images out."""
    return (query.label, query.predicted, query.is_correct, query.confidence) != (None, None, None, (0.0, 1.0))


def in_words(count: int, split: str, query: Query) -> str:
    """Describe the images that match: "1,135 images of a 1", "12 images of a 4, read as a 9, surest first"."""
    words = f"{count:,} {'training ' if split == 'train' else ''}image{'' if count == 1 else 's'}"
    if query.label is not None:
        words += f" of {with_article(query.label)}"
    if query.predicted is not None:
        words += f", read as {with_article(query.predicted)}"
    if query.is_correct is not None:
        words += f", {'read correctly' if query.is_correct else 'misread'}"
    if query.confidence != (0.0, 1.0):
        words += f", confidence {query.confidence[0]:.0%} to {query.confidence[1]:.0%}"
    order = next(name for name, sort in SORTS.items() if sort == query.sort)
    return words + ("" if query.sort == INDEX else f", {order.lower()}")


def with_article(label: int) -> str:
    """Return "a 4", "an 8" or the name of another class, with its article."""
    name = resources.class_names()[label]
    return f"{'an' if name == '8' else 'a'} {name}"
