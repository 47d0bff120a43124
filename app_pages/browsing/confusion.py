"""The confusion matrix of the Browse page."""

import streamlit as st

from app_pages.browsing import filters
from app_pages.components.confusion_table import confusion_table
from app_pages.components.html import percent
from app_pages.state import own_runs, predictions, resources
from mnist_core.data.split import Split
from mnist_core.models.evaluation import confusion_matrix


def render_confusion(split: Split) -> None:
    """Show how often each label got each answer; a cell leads to its images."""
    answers = predictions.predictions(own_runs.active_model(), split.name).argmax(dim=1)
    counts = confusion_matrix(answers, split.labels)
    right = int(counts.diagonal().sum())
    share = percent(right / len(split), escaped=False)
    st.markdown(
        f"A row is a label, a column what the model answers: **{right:,} of {len(split):,}** "
        f"{resources.SPLIT_WORDS[split.name]} images are read right, **{share}**. "
        "Choose a cell to see its images, the most confident answers first."
    )
    confusion_table(counts.tolist(), split.classes, key="browse_confusion", on_choose=filters.show_cell)
    st.button(
        f"All {len(split) - right:,} that it gets wrong",
        disabled=right == len(split),
        on_click=filters.show_wrong,
        key="browse_wrong",
    )
