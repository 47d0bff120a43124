"""The averages of the Browse page."""

import streamlit as st

from app_pages.components.html import percent, pixel_html
from app_pages.state import resources
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD

AVERAGES_STYLE = """<style>
.averages { display: flex; flex-wrap: wrap; gap: 1rem; }
.averages figure { margin: 0; width: 94px; font-size: .8rem; line-height: 1.6; text-align: center; }
</style>"""


def render_averages(split: Split) -> None:
    """Show the mean image of each class, and where the two numbers of the normalisation come from."""
    means, pixels = resources.pixel_averages(split.name)
    words = resources.SPLIT_WORDS[split.name]
    st.markdown(f"**The mean of all {words} images of a digit.** What is sharp here is where writers agree.")
    figures = "".join(
        f"<figure>{pixel_html(mean, 94, f'the mean of the {words} images of a {name}')}"
        f"<figcaption><b>{name}</b>, {int((split.labels == label).sum()):,} images</figcaption></figure>"
        for label, (name, mean) in enumerate(zip(split.classes, means.numpy(), strict=True))
    )
    st.html(f'{AVERAGES_STYLE}<div class="averages">{figures}</div>')
    st.markdown(
        f"**All {pixels.count:,} pixels together**, each from 0 for paper to 1 for ink: mean **{pixels.mean:.4f}**, "
        f"standard deviation **{pixels.std:.4f}**, and {percent(pixels.blank)} of them are bare paper."
    )
    if split.name == "train":
        st.markdown(
            f"These are the {MEAN} and {STD} of the normalisation. A model learns best from numbers about 0 with a "
            "spread of about 1, so every image, of the training set, of the test set or drawn by you, goes through "
            f"(value - {MEAN}) / {STD} first."
        )
    else:
        st.markdown(
            f"The normalisation takes {MEAN} and {STD} all the same: they are the training images', as a test must "
            "not lend its own numbers to what it tests."
        )
