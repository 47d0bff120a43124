"""What the Inside page remembers about one visitor besides the values of its widgets."""

from dataclasses import dataclass, field

import streamlit as st


@dataclass
class InsideState:
    """What one visitor looks at on the Inside page.

    Attributes:
        is_new: True until the page has read the URL that led the visitor here.
        image: the split and the number of the image that is looked at; None for the visitor's drawing.
        place: which of several digits in the drawing is looked at, from 0.
        step: the step of the run whose model is looked at, 0 for the initial weights; None for the latest.
        layer: the number of the chosen layer in the model, None when none is chosen.
        unit: the chosen unit: its channel or number, and its row and column in a layer of feature maps.
        look: the number of the look whose activations are shown; None for the least rotated.
        target: the digit that is asked about; None for the model's own answer.
        off: which units of each model are switched off, by the model's name; each by its layer and its number there.
    """

    is_new: bool = True
    image: tuple[str, int] | None = None
    place: int = 0
    step: int | None = None
    layer: int | None = None
    unit: tuple[int, ...] | None = None
    look: int | None = None
    target: int | None = None
    off: dict[str, frozenset[tuple[int, int]]] = field(default_factory=dict)


def inside_state() -> InsideState:
    """Return this visitor's state of the Inside page."""
    if "inside_state" not in st.session_state:
        st.session_state.inside_state = InsideState()
    state: InsideState = st.session_state.inside_state
    return state
