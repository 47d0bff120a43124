"""What the Train page shows before the first run: how a shipped model learned."""

import streamlit as st

from app_pages.state import own_runs
from app_pages.training.curves import render_loss_and_accuracy
from mnist_core.models.storage import model_folder
from mnist_core.runs.curves import Curves, curves
from mnist_core.runs.tables import load_history


@st.cache_resource(show_spinner=False)
def shipped_curves(model: str) -> Curves:
    """Read the curves of a shipped model from its metrics.csv, once per process."""
    return curves(load_history(model_folder(model)))


def render_example(model: str) -> None:
    """Show the loss and the test accuracy of a shipped model over its training."""
    example = shipped_curves(model)
    st.markdown(f"**Example: how the shipped {model_name(model)} learned**")
    st.caption(
        f"It reached a test accuracy of {example.accuracy[-1]:.2%} after {example.step[-1]:,} steps in "
        f"{example.seconds[-1]:,.1f} s."
    )
    render_loss_and_accuracy(example, "steps", float(example.step[-1]), "train_example")


def model_name(model: str) -> str:
    """Return what a sentence calls a model: "CNN", "MLP" or "linear model"."""
    return "linear model" if model == "linear" else own_runs.MODEL_NAMES[model]
