"""What the Train page shows before the first run: how a shipped model learned."""

import streamlit as st

from app_pages.state import own_runs
from app_pages.training.curves import render_loss_and_accuracy
from mnist_core.models.architecture import summarise_layers
from mnist_core.models.storage import load_config, model_folder
from mnist_core.runs.curves import Curves, curves
from mnist_core.runs.tables import load_history


@st.cache_resource(show_spinner=False)
def shipped_curves(model: str) -> Curves:
    """Read the curves of a shipped model from its metrics.csv, once per process."""
    return curves(load_history(model_folder(model)))


def render_example(model: str) -> None:
    """Show the figures, the loss and the test accuracy of a shipped model over its training."""
    example = shipped_curves(model)
    st.header(f"An example: how the shipped {model_name(model)} learned", anchor=False)
    parameters = sum(layer.parameters for layer in summarise_layers(load_config(model_folder(model))))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Test accuracy", f"{example.accuracy[-1]:.2%}", width="content")
        st.metric("Steps", f"{example.step[-1]:,}", width="content")
        st.metric("Time", f"{example.seconds[-1]:,.1f} s", width="content")
        st.metric("Parameters", f"{parameters:,}", width="content")
    render_loss_and_accuracy(example, "steps", float(example.step[-1]), "train_example")


def model_name(model: str) -> str:
    """Return what a sentence calls a model: "CNN", "MLP" or "linear model"."""
    return "linear model" if model == "linear" else own_runs.MODEL_NAMES[model]
