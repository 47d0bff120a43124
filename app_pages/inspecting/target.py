"""The digit that a view explains or leads to: the usual one, whatever it is for a picture, or one that stays."""

import streamlit as st

from app_pages.state.inside import inside_state
from app_pages.state.widgets import show_value
from mnist_core.constants import CLASSES

CHANGE_TARGET = "inside_change_target"  # the widget's key
SECOND = "2nd most likely"


def choose_target(label: str, usual: str, key: str) -> int | None:
    """Ask for a digit.

    NOTE: what can be chosen is the same for every picture. If a new answer changed the choice, the page would tell the
    browser so, and a visitor who had chosen meanwhile would lose that; see `show_value`.

    Args:
        label: of the widget.
        usual: what the first option is called.
        key: of the widget.

    Returns:
        The digit; None for the first option.
    """
    chosen = inside_state().target
    st.segmented_control(
        label,
        [usual, *map(str, range(CLASSES))],
        default=show_value(key, usual if chosen is None else str(chosen)),
        required=True,
        key=key,
        on_change=_take,
        args=(key, usual),
    )
    return chosen


def choose_other(probabilities: list[float], label: str = "Make it answer") -> int:
    """Ask for any digit but the model's answer; usually the second most likely one.

    Args:
        probabilities: the model's ten.
        label: of the widget.

    Returns:
        The digit: the second most likely one when the visitor chose the answer itself.
    """
    chosen = choose_target(label, SECOND, CHANGE_TARGET)
    first, second = sorted(range(CLASSES), key=lambda digit: -probabilities[digit])[:2]
    if chosen == first:
        st.caption(f"The model answers {first} already, so this is about {second}, the second most likely digit.")
    return second if chosen is None or chosen == first else chosen


def _take(key: str, usual: str) -> None:
    chosen = st.session_state[key]
    inside_state().target = None if chosen == usual else int(chosen)
