"""The weights of a run's first layer as pictures, after any of its evaluations."""

import streamlit as st

from app_pages.training.snapshots import choose_step, figure_html, render_row
from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import load_snapshot

MAX_PICTURES = 32
EXPLANATIONS = {
    "linear": "One template per digit. Ink on white areas counts for the digit; ink on black areas counts against it.",
    "mlp": f"The first {MAX_PICTURES} hidden units. Ink on white areas raises a unit's output; ink on black areas "
    "lowers it.",
    "cnn": "The filters of the first convolution. Each looks for its own small pattern everywhere in the image.",
}


def render_weights(run: Run) -> None:
    """Show what the first layer responds to: templates, hidden units or filters."""
    step = choose_step(run, "train_weights_step")
    if step is None:
        return
    try:
        weights = first_layer_images(load_snapshot(run.folder, run.config, step))
    except ValueError:  # the snapshot was removed since the steps were listed: the next refresh lists them again
        return
    model = run.config.model
    st.caption(EXPLANATIONS[model])
    greys = (weights[:MAX_PICTURES] + 1) / 2
    render_row([figure_html(grey, picture_name(model, index)) for index, grey in enumerate(greys.numpy())])


def picture_name(model: str, index: int) -> str:
    """Return the name of the picture at an index: "digit 0" of the templates, "unit 1" or "filter 1" of the others."""
    return {"linear": f"digit {index}", "mlp": f"unit {index + 1}", "cnn": f"filter {index + 1}"}[model]
