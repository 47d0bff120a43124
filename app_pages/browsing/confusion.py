"""The confusion matrix of the Browse page."""

import streamlit as st

from app_pages.browsing import filters
from app_pages.components.confusion_table import confusion_table
from app_pages.components.html import percent
from app_pages.state import own_runs, predictions, resources
from mnist_core.data.split import Split
from mnist_core.models.evaluation import confusion_matrix


def render_confusion(split: Split) -> None:
    """Show how often each label got each answer; a cell leads to its images. Meanwhile, show progress."""
    probabilities = predictions.predictions(own_runs.active_model(), split.name)
    if probabilities is None:
        return
    counts = confusion_matrix(probabilities.argmax(dim=1), split.labels)
    correct = int(counts.diagonal().sum())
    mistakes = len(split) - correct
    accuracy = percent(correct / len(split), escaped=False)
    st.markdown(
        f"The model reads **{correct:,} of {len(split):,}** {resources.SPLIT_WORDS[split.name]} images correctly: "
        f"**{accuracy}**. Rows: true digit. Columns: the model's answer. Choose a cell to see its images, the most "
        "confident answers first."
    )
    confusion_table(counts.tolist(), split.classes, key="browse_confusion", on_choose=filters.show_cell)
    st.button(
        f"Show its {mistakes:,} mistake{'' if mistakes == 1 else 's'}",
        disabled=not mistakes,
        on_click=filters.show_mistakes,
        key="browse_wrong",
    )
