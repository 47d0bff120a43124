"""One 3x3 kernel to edit, and what it makes of the visitor's own drawing."""

import html

import pandas as pd
import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.activation_colours import diverging_colours
from app_pages.components.chart_table import render_numbers
from app_pages.components.html import data_url, pixel_html
from app_pages.lessons.controls.subject import Picture, picture_and_view
from mnist_core.analysis.attribution_picture import Colours, colour_map
from mnist_core.analysis.kernels import KERNELS, SIZE, Kernel, convolve
from mnist_core.formatting import signed

PRESET, RELU = "course_kernel_preset", "course_kernel_relu"
MAX_WEIGHT = 9.0
SENTENCE = (
    "A convolution slides one small kernel over the whole picture, so nine weights find the same pattern at every "
    "place. **Try it:** which kernel sees the horizontal strokes of your digit? Change one weight and look again."
)
STYLE = """<style>
.kernel-pictures { display: flex; flex-wrap: wrap; gap: .8rem 1.4rem; }
.kernel-pictures figure { margin: 0; flex: 1 1 7.5rem; max-width: 210px; }
.kernel-pictures figcaption { font-size: .85rem; margin-top: .3rem; }
.kernel-pictures img { width: 100% !important; aspect-ratio: 1; box-shadow: 0 0 0 1px rgb(128 128 150 / .3); }
.st-key-course_kernel_weights { max-width: 19rem; }
.st-key-course_kernel_weights [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; gap: .4rem; }
.st-key-course_kernel_weights [data-testid="stColumn"] { min-width: 0; flex: 1 1 0; }
.st-key-course_kernel_weights input { text-align: center; padding-inline: .2rem; }
</style>"""


def render_convolution() -> None:
    """Show nine weights to edit, and a picture before and after the convolution with them."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        st.html(STYLE)
        st.pills("Kernel", list(KERNELS), default=next(iter(KERNELS)), key=PRESET, on_change=_preset_chosen)
        kernel = _choose_weights()
        is_rectified = st.toggle("ReLU: set what is below 0 to 0", key=RELU)
        result = convolve(picture.grey, kernel)
        result = result.relu() if is_rectified else result
        st.html(pictures_html(picture, result))
        render_numbers(lambda: result_table(result), name="The result", key="course_kernel_result")


def key_of(row: int, column: int) -> str:
    """Return the key of the field of a weight."""
    return f"course_kernel_{row}_{column}"


def _preset_chosen() -> None:
    chosen = st.session_state.get(PRESET)
    if chosen in KERNELS:
        for row, weights in enumerate(KERNELS[chosen]):
            for column, weight in enumerate(weights):
                st.session_state[key_of(row, column)] = round(float(weight), 2)


def _changed() -> None:
    st.session_state[PRESET] = None  # it is none of the presets any more


def _choose_weights() -> Kernel:
    """Show the nine weights as fields, and return them."""
    preset = next(iter(KERNELS.values()))
    kernel = []
    with st.container(key="course_kernel_weights", gap="xsmall"):
        for row in range(SIZE):
            fields = st.columns(SIZE, gap="xsmall")
            kernel.append(tuple(_weight(fields[column], row, column, preset) for column in range(SIZE)))
    return tuple(kernel)


def _weight(field: DeltaGenerator, row: int, column: int, preset: Kernel) -> float:
    weight = field.number_input(
        f"Weight in row {row}, column {column}",
        -MAX_WEIGHT,
        MAX_WEIGHT,
        float(preset[row][column]),
        0.5,
        format="%.2f",
        key=key_of(row, column),
        label_visibility="collapsed",
        on_change=_changed,
    )
    return float(weight)


def pictures_html(picture: Picture, result: torch.Tensor) -> str:
    """Return the picture and the result side by side; the result in colours for below, at and above 0."""
    low, high = float(result.min()), float(result.max())
    against, zero, speaks_for = diverging_colours()
    painted = colour_map(result.numpy(), Colours(speaks_for, against, zero))
    span = f"{signed(low, 1)} to {signed(high, 1)}"
    alt = f"the picture after the convolution: values from {span}"
    return (
        '<div class="kernel-pictures">'
        f"<figure>{pixel_html(picture.grey.numpy(), 210, picture.name)}"
        f"<figcaption>{html.escape(picture.name.capitalize())}</figcaption></figure>"
        f'<figure><img class="crisp" src="{data_url(painted)}" alt="{html.escape(alt)}">'
        f"<figcaption>After the convolution: {span}</figcaption></figure></div>"
    )


def result_table(result: torch.Tensor) -> pd.DataFrame:
    """Return the result (28, 28), a row per row of pixels and a column per column."""
    columns = {str(column): result[:, column].double().round(decimals=2).tolist() for column in range(result.shape[1])}
    return pd.DataFrame({"Row": list(range(result.shape[0]))} | columns)
