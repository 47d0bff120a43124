"""What the failure labs remember about one visitor besides the values of their widgets."""

from dataclasses import dataclass, field

import streamlit as st


@dataclass(frozen=True)
class Outcome:
    """The place of the option that was right, and the number that decided it, see `MeasuredQuestion`."""

    right: int
    measured: float


@dataclass
class LabsState:
    """What one visitor did in the failure labs.

    Attributes:
        predictions: the place of the option that they chose before they ran a lab, by the lab's key.
        outcomes: what came out at the strength that the question is about, by the lab's key.
        strengths: the strength that they ran last, by the lab's key; a lab that they did not run is not among them.
    """

    predictions: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    strengths: dict[str, float] = field(default_factory=dict)


def labs_state() -> LabsState:
    """Return this visitor's state of the failure labs."""
    if "labs_state" not in st.session_state:
        st.session_state.labs_state = LabsState()
    state: LabsState = st.session_state.labs_state
    return state
