"""The confusion matrix of the Browse page, and the images of its chosen cell beside it."""

import streamlit as st
import torch

from app_pages.browsing import filters, selected_image
from app_pages.browsing.browse_state import browse_state
from app_pages.browsing.detail import render_detail_panel
from app_pages.components.confusion_table import confusion_table
from app_pages.components.html import percent
from app_pages.components.image_grid import picture_grid, tiles_of
from app_pages.state import own_runs, predictions, resources
from mnist_core.analysis.query import SUREST, Query, select
from mnist_core.data.split import Split
from mnist_core.models.evaluation import confusion_matrix

CELL_IMAGES = 12  # shown of a cell: two rows, so that the details below are in view


def render_confusion(split: Split) -> None:
    """Show how often each label got each answer, and the images of a cell beside it. Meanwhile, show progress."""
    probabilities = predictions.predictions(own_runs.active_model(), split.name)
    if probabilities is None:
        return
    counts = confusion_matrix(probabilities.argmax(dim=1), split.labels)
    correct = int(counts.diagonal().sum())
    mistakes = len(split) - correct
    accuracy = percent(correct / len(split), escaped=False)
    cell = browse_state().cell or most_frequent_confusion(counts)
    matrix_column, cell_column = st.columns([3, 2], gap="large")
    with matrix_column:
        st.markdown(
            f"The model reads **{correct:,} of {len(split):,}** {resources.SPLIT_WORDS[split.name]} images correctly: "
            f"**{accuracy}**. Choose a cell to see its images."
        )
        confusion_table(
            counts.tolist(), split.classes, chosen=cell, key="browse_confusion", on_choose=filters.choose_cell
        )
        st.button(
            filters.mistakes_in_words(mistakes),
            disabled=not mistakes,
            on_click=filters.show_mistakes,
            key="browse_wrong",
        )
    with cell_column:
        render_cell(split, probabilities, cell)


def most_frequent_confusion(counts: torch.Tensor) -> tuple[int, int]:
    """Return the label and the answer that were confused most often; the first label's own cell when none were.

    Args:
        counts: (10, 10) int64, one row per label and one column per answer.
    """
    confused = counts.clone().fill_diagonal_(0)
    label, answer = divmod(int(confused.argmax()), counts.shape[1])
    return label, answer


def render_cell(split: Split, probabilities: torch.Tensor, cell: tuple[int, int]) -> None:
    """Show the images of a cell of the matrix, the most confident answers first, and the details of one of them."""
    label, answer = cell
    numbers = select(split.labels, probabilities, Query(label=label, predicted=answer, sort=SUREST)).tolist()
    words = f"{filters.with_article(label)} read as {filters.with_article(answer)}"
    st.header(f"{words[0].upper()}{words[1:]}", anchor=False)
    if not numbers:
        st.markdown("The model never gives this answer.")
        return
    shown = numbers[:CELL_IMAGES]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        some = f"The first {len(shown)} of {len(numbers):,} images" if len(shown) < len(numbers) else "All images"
        only = "The only image" if len(numbers) == 1 else f"{some}, surest first"
        st.markdown(only, width="content")
        st.button("Show in the grid", type="tertiary", on_click=filters.show_cell, args=cell, key="browse_cell_grid")
    opened = browse_state().image
    picture_grid(
        split.images[shown].numpy(),
        tiles_of(split, shown, [answer] * len(shown)),
        opened if opened in shown else shown[0],
        title=words,
        key="browse_cell_images",
        on_choose=selected_image.open_beside_grid,
    )
    render_detail_panel(split.name, shown[0])
