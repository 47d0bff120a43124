"""What of the Browse page is in its URL: the view, the filters, the page of the grid and the opened image."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app_pages.browsing import filters
from app_pages.browsing.browse_state import browse_state
from app_pages.state import address, resources
from mnist_core.data.split import DIGITS

IMAGE, CELL = "image", "browse_cell"
WORDS = {  # what a parameter is about
    "browse_view": "view",
    "browse_split": "set of images",
    "browse_digit": "digit",
    "browse_answer": "kind of answer",
    "browse_read": "model's answer",
    "browse_sure": "confidence",
    "browse_sort": "order",
    "browse_page": "page",
    CELL: "cell of the matrix",
}
SHOWN_IN = {  # the widgets whose values are part of a view's URL
    filters.GRID: [*filters.UNFILTERED, "browse_split", "browse_page"],
    filters.CONFUSION: ["browse_split"],
    filters.MAP: [],
    filters.AVERAGES: ["browse_split"],
}


def restore() -> None:
    """Show what the URL says, when the visitor came by a link or by the history, and say what is unknown in it."""
    state = browse_state()
    if not state.is_new and not address.is_restored():
        return
    state.is_new, state.last_selection = False, None
    unknown: list[str] = []
    view = _value("browse_view", _one_of(filters.VIEWS), unknown)
    st.session_state["browse_view"] = view
    if view == filters.MAP:
        st.session_state["browse_split"] = "Test"
    for name in SHOWN_IN[view]:
        st.session_state[name] = _value(name, PARSERS[name], unknown)
    state.cell = _value(CELL, _cell, unknown)
    if unknown:
        does, part = ("does", "that part is") if len(unknown) == 1 else ("do", "those parts are")
        address.say_unknown(f"This link names {_listed(unknown)} that {does} not exist, so {part} ignored.")
    state.image = _image()
    state.turns_to_image = state.image is not None and not address.named("browse_page")


def put() -> None:
    """Put what the page shows into the URL; defaults are left out."""
    state, view = browse_state(), filters.chosen_view()
    for name, default in filters.DEFAULTS.items():
        value = st.session_state.get(name, default)
        is_shown = name == "browse_view" or name in SHOWN_IN[view]
        address.put(name, *(_texts(value) if is_shown and value not in (default, None) else ()))
    address.put(CELL, *(["-".join(map(str, state.cell))] if view == filters.CONFUSION and state.cell else []))
    address.put(IMAGE, *([str(state.image)] if view != filters.AVERAGES and state.image is not None else []))


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _value(name: str, parse: Callable[[list[str]], Any], unknown: list[str]) -> Any:
    """Return what the URL says about a parameter; its default when that is nothing, or unknown, which is noted."""
    texts, default = address.named(name), filters.DEFAULTS.get(name)
    if not texts:
        return default
    value = parse(texts)
    if value is None:
        unknown.append(WORDS[name])
    return default if value is None else value


def _listed(words: Sequence[str]) -> str:
    """Return "a digit", "a digit and an order" or "a view, a digit and an order"."""
    *before, last = [f"{'an' if word[0] in 'aeiou' else 'a'} {word}" for word in words]
    return f"{', '.join(before)} and {last}" if before else last


def _one_of(options: Sequence[str]) -> Callable[[list[str]], str | None]:
    return lambda texts: texts[-1] if texts[-1] in options else None


def _digit(texts: list[str]) -> str | None:
    """Return a label that is named by its number, or by its name in another data set."""
    names = {filters.ALL: filters.ALL} | dict(zip(resources.class_names(), DIGITS, strict=True))
    return texts[-1] if texts[-1] in DIGITS else names.get(texts[-1])


def _confidence(texts: list[str]) -> tuple[int, int] | None:
    if len(texts) != 2 or not all(re.fullmatch("[0-9]{1,3}", text) and int(text) <= 100 for text in texts):
        return None
    low, high = sorted(map(int, texts))
    return low, high


def _page(texts: list[str]) -> int | None:
    return _number(texts[-1]) or None


def _cell(texts: list[str]) -> tuple[int, int] | None:
    match = re.fullmatch("([0-9])-([0-9])", texts[-1])
    return (int(match[1]), int(match[2])) if match else None


def _number(text: str) -> int | None:
    """Return the whole number in a text; None for any other text, and for more digits than any split needs."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _image() -> int | None:
    texts = address.named(IMAGE)
    if not texts:
        return None
    split, number = resources.available_split(filters.chosen_split()), _number(texts[-1])
    if number is not None and number < len(split):
        return number
    words = resources.SPLIT_WORDS[split.name]
    problem = "This link names no image by its number" if number is None else f"There is no {words} image {number}"
    address.say_unknown(f"{problem}: the {words} images have the numbers 0 to {len(split) - 1:,}.")
    return None


PARSERS: dict[str, Callable[[list[str]], Any]] = {
    "browse_split": _one_of(tuple(filters.SPLITS)),
    "browse_digit": _digit,
    "browse_answer": _one_of(tuple(filters.ANSWERS)),
    "browse_read": _digit,
    "browse_sure": _confidence,
    "browse_sort": _one_of(tuple(filters.SORTS)),
    "browse_page": _page,
}
