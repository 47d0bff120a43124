"""The averages of the Browse page: the mean image of each digit, and the statistics of all pixels."""

import streamlit as st

from app_pages.components.html import percent, pixel_html
from app_pages.state import resources
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import MEAN, STD

WIDTH = 94  # px of a mean image
STYLE = f"""<style>
.averages {{ display: flex; flex-wrap: wrap; gap: 1rem; }}
.averages figure {{ margin: 0; width: {WIDTH}px; font-size: .8rem; line-height: 1.6; text-align: center; }}
</style>"""


def render_averages(split: Split) -> None:
    """Show the mean image of each digit, and where the mean and deviation of the normalisation come from."""
    means, pixels = resources.pixel_averages(split.name)
    words = resources.SPLIT_WORDS[split.name]
    st.markdown(f"**The mean of all {words} images of each digit.** It is sharp where writers agree.")
    figures = "".join(
        f"<figure>{pixel_html(mean, WIDTH, f'Mean of the {words} images of {name}')}"
        f"<figcaption><b>{name}</b>, {int((split.labels == label).sum()):,} images</figcaption></figure>"
        for label, (name, mean) in enumerate(zip(split.classes, means.numpy(), strict=True))
    )
    st.html(f'{STYLE}<div class="averages">{figures}</div>')
    st.markdown(
        f"**All {pixels.count:,} pixels together**, each from 0 (paper) to 1 (ink): mean **{pixels.mean:.4f}**, "
        f"standard deviation **{pixels.std:.4f}**. Of all pixels, {percent(pixels.blank)} are blank paper."
    )
    if split.name == "train":
        st.markdown(
            f"The normalisation uses the mean and the standard deviation of MNIST's training images, {MEAN} and {STD}. "
            "A model learns best from values around 0 with a spread of about 1. So every pixel value, whether of a "
            f"training image, a test image or your drawing, becomes (value - {MEAN}) / {STD} first."
        )
    else:
        st.markdown(
            f"The normalisation uses {MEAN} and {STD} for these images too. They come from MNIST's training images, "
            "so nothing from the test set leaks in."
        )
