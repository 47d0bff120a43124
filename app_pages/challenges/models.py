"""The models that take part in the challenges of drawing."""

import streamlit as st

from app_pages.state import own_runs, resources
from app_pages.state.own_runs import usable_models
from app_pages.state.widgets import shown_place

MODEL = "challenges_model"  # the key of the widget
MIN_ACCURACY = 0.9  # of a run's model: one that has learned little is fooled too easily


def choose_model(label: str) -> tuple[str, str]:
    """Ask for a model; at first it is the one in use. Returns its name and what people call it.

    Args:
        label: what the model is for.
    """
    models = {name: spoken for name, spoken in usable_models().items() if is_able(name)}
    if st.session_state.get(MODEL) not in models:
        active = own_runs.active_model()
        st.session_state[MODEL] = active if active in models else resources.DEFAULT_MODEL
    chosen: str = st.selectbox(
        label,
        list(models),
        shown_place(MODEL, list(models)),
        format_func=lambda name: models.get(name, name),
        key=MODEL,
        width=300,
        persist_state="session",
        help=f"Models of your runs appear here when they read {MIN_ACCURACY:.0%} of the test images.",
    )
    run = resources.registry().runs.get(chosen)
    return chosen, own_runs.spoken_name(run) if run else own_runs.MODEL_NAMES[chosen]


def is_able(name: str) -> bool:
    """Return whether a model reads enough of the test images to take part; the shipped ones do."""
    run = resources.registry().runs.get(name)
    evaluations = run.evaluations if run else []
    return run is None or (bool(evaluations) and (evaluations[-1].test_accuracy or 0) >= MIN_ACCURACY)
