"""What would change the model's mind: the smallest change, sliders, a morph, and an attack."""

from collections.abc import Callable

import streamlit as st

from app_pages.inspecting.change_attack import render_attack
from app_pages.inspecting.change_figures import STYLE
from app_pages.inspecting.change_morph import render_morph
from app_pages.inspecting.change_sliders import render_sliders
from app_pages.inspecting.change_smallest import render_smallest
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.state import address, resources
from app_pages.state.widgets import shown_value

KIND = "inside_change"  # the key of the widget
PARAMETER = "change"  # in the URL
# The names appear in URLs: renaming one breaks old links.
KINDS: dict[str, Callable[[Subject, InspectedModel, list[float]], None]] = {
    "Smallest change": render_smallest,
    "Sliders": render_sliders,
    "Morph": render_morph,
    "Attack": render_attack,
}
WORDS = {
    "Smallest change": "The least ink to add or to remove until the model answers another digit. The result seldom "
    "looks like that digit to you. **Try it:** which digit is closest to yours, and which is farthest?",
    "Sliders": "The same digit, disturbed: a model that has learned what matters keeps its answer for a while. "
    "**Try it:** how far can you turn a 6 before it becomes a 9?",
    "Morph": "One picture becomes another in small steps, and somewhere on the way the answer changes. "
    "**Try it:** which third digit appears between your digit and the other?",
    "Attack": "Every pixel may change by a few grey levels. Changed on purpose, against the model, that fools it long "
    "before a random change does. **Try it:** does the attack also fool the models that it was not made for?",
}


def render_change(subject: Subject, model: InspectedModel) -> None:
    """Show what would change the model's answer, in the way that the visitor chooses."""
    st.html(STYLE)
    kind = choose_kind()
    st.markdown(WORDS[kind])
    probabilities = resources.run_inference(lambda: model.predictor.probabilities(subject.tensor[None])[0].tolist())
    KINDS[kind](subject, model, probabilities)


def choose_kind() -> str:
    """Ask which way to show, and keep it in the URL."""
    names = list(KINDS)
    address.restore_choice(PARAMETER, names, KIND)
    chosen: str | None = st.segmented_control(
        "What changes",
        names,
        default=shown_value(KIND, names[0]),
        required=True,
        key=KIND,
        persist_state="session",
        label_visibility="collapsed",
    )
    kind = chosen or names[0]
    address.put(PARAMETER, *([kind] if kind != names[0] else []))
    return kind
