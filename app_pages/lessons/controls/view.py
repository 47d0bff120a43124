"""Images of one label, from the most ordinary to the strangest, in the colours of matplotlib."""

import numpy as np
import streamlit as st
import torch

from app_pages.components.html import NARROW
from app_pages.lessons.output_html import figure_html
from app_pages.state import resources
from mnist_core.analysis.ordinary import by_distance_from_mean, window
from mnist_core.constants import CLASSES
from mnist_core.data.split import Split, fingerprint

LABEL, SHARE, COLOURS = "course_view_label", "course_view_share", "course_view_colours"
SHOWN = 12  # images
DEFAULT = 7
WIDTH = 96  # px of an image, where nothing else sets it
ABOUT_COLOURS = {  # matplotlib's names, each with what it does
    "gray": "Paper (0) is black, and ink (255) is white.",
    "viridis": "Without `cmap`, matplotlib uses viridis: purple for 0, yellow for 255. The numbers are the same.",
    "gray_r": "`_r` reverses the colours: dark ink on white paper, as it was written. The numbers are the same.",
}
SENTENCE = (
    "All images of a label mean the same digit, and no two are alike. **Try it:** slide from those nearest to their "
    "mean to those farthest from it. Where do you begin to read another digit?"
)
STYLE = f"""<style>
.alike {{ display: grid; grid-template-columns: minmax(0, 128px) minmax(0, 1fr); gap: 1.6rem; align-items: start; }}
.alike figure {{ margin: 0; font-size: .82rem; text-align: center; font-variant-numeric: tabular-nums; }}
.alike .crisp {{ width: 100% !important; }}
.alike > div {{ display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: .5rem .7rem; }}
@media (max-width: {NARROW}) {{
  .alike {{ grid-template-columns: 1fr; gap: 1rem; }}
  .alike > figure {{ width: 96px; }}
  .alike > div {{ grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .4rem .5rem; }}
}}
</style>"""


def render_view() -> None:
    """Show the mean image of a label, and images that are as far from it as the slider says."""
    st.markdown(SENTENCE)
    split = resources.available_split("train")
    with st.container(horizontal=True, gap="medium"):
        label = int(
            st.pills(
                "Label",
                range(CLASSES),
                default=DEFAULT,
                required=True,
                format_func=lambda each: split.classes[each],
                key=LABEL,
                wrap=True,
            )
        )
        colours = str(st.segmented_control("cmap", list(ABOUT_COLOURS), default="gray", required=True, key=COLOURS))
    percents = int(st.slider("From the most ordinary (0) to the strangest (100)", 0, 100, 0, key=SHARE))
    order = _ordered(label, split.source, fingerprint())
    if not len(order):
        st.info(f"No training image has the label {split.classes[label]}. Choose another one.")
        return
    begin, numbers = window(order, percents / 100, SHOWN)
    st.markdown(f"{finding(split.classes[label], begin, len(numbers), len(order))} {ABOUT_COLOURS[colours]}")
    st.html(STYLE + images_html(split, label, numbers.tolist(), colour_table(colours)))


@st.cache_resource(show_spinner="Comparing the images", max_entries=2 * CLASSES)
def _ordered(label: int, source: str, fingerprint: tuple[object, ...]) -> torch.Tensor:  # noqa: ARG001 - the cache key
    """Return the numbers of the training images of a label, the most ordinary first; (n,) int64."""
    split = resources.available_split("train")
    numbers = (split.labels == label).nonzero()[:, 0]
    return numbers[by_distance_from_mean(split.images[numbers])] if len(numbers) else numbers


@st.cache_resource(show_spinner="Importing matplotlib")
def colour_table(name: str) -> np.ndarray:
    """Return the colours that matplotlib gives to the 256 bytes, (256, 3) uint8."""
    import matplotlib

    table: np.ndarray = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3]
    return table


def finding(label: str, begin: int, count: int, total: int) -> str:
    """Return in words which images are shown."""
    if not begin:
        which = f"{count} nearest to their mean image"
    elif begin + count == total:
        which = f"{count} farthest from their mean image"
    else:
        which = f"nearest to their mean image from place {begin + 1:,} to {begin + count:,}"
    return f"Of the **{total:,} images** with the label {label}, these are the {which}."


def images_html(split: Split, label: int, numbers: list[int], table: np.ndarray) -> str:
    """Return the mean image of a label, and beside it some of its images, each with its number below."""
    name, means = split.classes[label], resources.pixel_averages(split.name)[0]
    mean = (255 * means[label]).round().to(torch.uint8).numpy()
    figures = "".join(
        figure_html(table[split.images[number].numpy()], WIDTH, f"training image {number}, label {name}", f"{number:,}")
        for number in numbers
    )
    return (
        f'<div class="alike">{figure_html(table[mean], 128, f"mean of the images with label {name}", "mean of all")}'
        f"<div>{figures}</div></div>"
    )
