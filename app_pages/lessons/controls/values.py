"""The visitor's own drawing as a tensor: the value of every pixel, to be read one by one."""

import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_numbers
from app_pages.lessons.controls.pixel_reader import pixel_reader
from app_pages.lessons.controls.subject import picture_and_view
from mnist_core.constants import SIDE

READER = "course_values_reader"
SENTENCE = (
    "A picture is a tensor of 28 × 28 numbers from 0 for black to 1 for white. **Try it:** draw a stroke and move over "
    "its edge. How many pixels does it take from 0 to 1?"
)


def render_values() -> None:
    """Show a picture as the tensor that it becomes, with the value of the pixel under the pointer."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        pixel_reader(picture.grey, picture.name, key=READER)
        render_numbers(lambda: values_table(picture.grey), name="All 784 values", key="course_values")


def values_table(grey: torch.Tensor) -> pd.DataFrame:
    """Return the values of a picture (28, 28), a row per row of pixels and a column per column."""
    columns = {str(column): grey[:, column].double().round(decimals=3).tolist() for column in range(SIDE)}
    return pd.DataFrame({"Row": list(range(SIDE))} | columns)
