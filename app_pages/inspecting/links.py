"""What of the Inside page is in its URL.

View, image, moment, layer, unit, look, method, digit, and what is switched off.
"""

import re
from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from typing import TypeVar

import streamlit as st

from app_pages.inspecting.inspected import moments
from app_pages.state import address, own_runs, resources
from app_pages.state.inside import inside_state

VIEW, METHOD = "inside_view", "inside_method"  # the keys of widgets
PARAMETERS = {VIEW: "view", METHOD: "method"}
IMAGE, SPLIT, MOMENT, LAYER, UNIT, LOOK, TARGET = "image", "split", "moment", "layer", "unit", "look", "target"
OFF = "off"  # a value per layer: its number and those of its units that are switched off, such as 3-5-14
NUMBER = re.compile("[0-9]{1,9}")
T = TypeVar("T")


def restore(views: Sequence[str], methods: Sequence[str]) -> None:
    """Show what the URL says, when the visitor came by a link or by the history, and say what is unknown in it.

    Args:
        views: the names of the views, the default one first.
        methods: the names of the ways to explain an answer, the default one first.
    """
    state = inside_state()
    has_link = any(address.named(name) for name in (*PARAMETERS.values(), IMAGE, MOMENT, LAYER, LOOK, TARGET, OFF))
    if not address.is_restored() and not (state.is_new and has_link):
        state.is_new = False
        return
    state.is_new = False
    for key, options in ((VIEW, views), (METHOD, methods)):
        name = PARAMETERS[key]
        st.session_state[key] = _value(name, _one_of(options)) or options[0]
    state.image = _value(IMAGE, _image)
    state.step = _value(MOMENT, _moment)
    state.layer = _value(LAYER, _number)
    state.unit = _value(UNIT, _unit) if state.layer is not None else None
    state.look = _value(LOOK, _number)
    state.target = _value(TARGET, lambda text: int(text) if re.fullmatch("[0-9]", text) else None)
    state.off[own_runs.active_model()] = _switched_off(address.named(OFF))


def put(views: Sequence[str], methods: Sequence[str], *, shows_method: bool) -> None:
    """Put what the page shows into the URL; defaults are left out.

    Args:
        views, methods: see `restore`.
        shows_method: whether the view depends on the method.
    """
    state = inside_state()
    view, method = str(st.session_state.get(VIEW)), str(st.session_state.get(METHOD))
    address.put(PARAMETERS[VIEW], *([view] if view in views[1:] else []))
    address.put(PARAMETERS[METHOD], *([method] if shows_method and method in methods[1:] else []))
    address.put(IMAGE, *([str(state.image[1])] if state.image else []))
    address.put(SPLIT, *(["train"] if state.image and state.image[0] == "train" else []))
    address.put(MOMENT, *([str(state.step)] if state.step is not None else []), quietly=True)
    address.put(LAYER, *([str(state.layer)] if state.layer is not None else []))
    address.put(UNIT, *(["-".join(map(str, state.unit))] if state.unit else []), quietly=True)
    address.put(LOOK, *([str(state.look)] if state.look is not None else []), quietly=True)
    address.put(TARGET, *([str(state.target)] if state.target is not None else []))
    address.put(OFF, *off_texts(state.off.get(own_runs.active_model(), frozenset())), quietly=True)


def named() -> dict[str, str]:
    """Return what `put` put into the URL, and the model, as the parameters of a link to share."""
    parameters = {name: values[-1] for name, values in address.address().parameters.items() if values}
    return {"model": own_runs.active_model()} | parameters


def _value(name: str, parse: Callable[[str], T | None]) -> T | None:
    texts = address.named(name)
    if not texts:
        return None
    value = parse(texts[-1])
    if value is None:
        address.say_unknown(f"This link names a {name} that does not exist, so that part is ignored.")
    return value


def _one_of(options: Sequence[str]) -> Callable[[str], str | None]:
    return lambda text: text if text in options else None


def _number(text: str) -> int | None:
    return int(text) if NUMBER.fullmatch(text) else None


def _image(text: str) -> tuple[str, int] | None:
    split = "train" if address.named(SPLIT) == ["train"] else "test"
    number = _number(text)
    return (split, number) if number is not None and number < len(resources.available_split(split)) else None


def _moment(text: str) -> int | None:
    step = _number(text)
    return step if step in moments(resources.registry().runs.get(own_runs.active_model())) else None


def off_texts(units: Collection[tuple[int, int]]) -> list[str]:
    """Return what the URL says about units that are switched off: a text per layer."""
    layers = groupby(sorted(units), key=lambda each: each[0])
    return ["-".join(map(str, [layer, *(unit for _, unit in group)])) for layer, group in layers]


def _switched_off(texts: Sequence[str]) -> frozenset[tuple[int, int]]:
    if not all(re.fullmatch("[0-9]{1,3}(-[0-9]{1,4}){1,999}", text) for text in texts):
        address.say_unknown("This link switches off units that cannot be read, so none are off.")
        return frozenset()
    rows = [list(map(int, text.split("-"))) for text in texts]
    return frozenset((layer, unit) for layer, *units in rows for unit in units)


def _unit(text: str) -> tuple[int, ...] | None:
    return tuple(map(int, text.split("-"))) if re.fullmatch("[0-9]{1,4}(-[0-9]{1,2}-[0-9]{1,2})?", text) else None
