"""One picture in three formats: the picture stays, its numbers and its memory change."""

import math

import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_chart
from app_pages.components.html import NARROW, pixel_html
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.subject import picture_and_view
from mnist_core.analysis.pixel_formats import PixelFormat, TensorFacts, convert, facts_of
from mnist_core.constants import SIDE
from mnist_core.formatting import signed
from mnist_core.ink.normalisation import MEAN, STD, as_images

FORMAT, ROW = "course_tensor_format", "course_tensor_row"
TRAINING_IMAGES = 60_000  # of MNIST
SENTENCE = (
    "A transform changes how an image is kept, and so what a model is given. **Try it:** go from one format to the "
    "next. What happens to the picture, to the curve below it, and to the memory?"
)
STYLE = f"""<style>
.kept {{ display: flex; gap: 1.8rem; align-items: center; }}
.kept .picture {{ position: relative; flex: 0 1 168px; }}
.kept .picture i {{ position: absolute; left: 0; right: 0; height: calc(100% / {SIDE});
  outline: 2px solid var(--accent); }}
.kept dl {{ display: grid; grid-template-columns: max-content max-content; gap: .1rem 1.1rem; margin: 0; padding: 0;
  font-variant-numeric: tabular-nums; }}
.kept dt {{ color: var(--caption); }}
.kept dd {{ margin: 0; font-weight: 600; }}
@media (max-width: {NARROW}) {{
  .kept {{ gap: 1rem; }}
  .kept dl {{ font-size: .9rem; column-gap: .7rem; }}
}}
</style>"""


def render_tensor() -> None:
    """Show a picture in the format that is chosen: what it looks like, its facts, and the values of one row."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        kept_as = PixelFormat(
            st.segmented_control(
                "Format", [each.value for each in PixelFormat], default=PixelFormat.BYTES, required=True, key=FORMAT
            )
        )
        st.code(kept_as.code, language="python", wrap_lines=True)
        image = as_images(picture.tensor[None])[0]
        kept = convert(image, kept_as)
        facts = facts_of(kept)
        area = st.container(gap="small")
        row = int(st.slider("Row of the picture", 0, SIDE - 1, SIDE // 2, key=ROW))
        with area:
            st.html(STYLE + kept_html(kept, kept_as, facts, row, picture.name))
            st.markdown(finding(kept_as, facts))
        values = kept.reshape(SIDE, SIDE)[row].tolist()
        chart = curve_chart(
            f"Values in row {row}",
            "column",
            [Line(kept_as.value, list(enumerate(values)), 0, has_dots=True)],
            x_range=(0, SIDE - 1),
            y_range=axis_ends(kept_as),
        )
        render_chart(
            chart | {"legend": {"show": False}, "grid": chart["grid"] | {"top": 48}},  # one line needs no legend
            name="Values in a row",
            finding=f"Row {row}: from {number(min(values))} to {number(max(values))}.",
            numbers=lambda: row_table(image, row),
            key="course_tensor_row_chart",
            height=260,
        )


def kept_html(kept: torch.Tensor, kept_as: PixelFormat, facts: TensorFacts, row: int, name: str) -> str:
    """Return the picture that the values make, as matplotlib would show it, with a row outlined, and the facts."""
    paper, ink = kept_as.ends
    grey = (kept.reshape(SIDE, SIDE).float() - paper) / (ink - paper)
    picture = pixel_html(grey.numpy(), 168, f"{name} in the format {kept_as.value}")
    rows = "".join(f"<dt>{fact}</dt><dd>{value}</dd>" for fact, value in facts_in_words(facts).items())
    outline = f'<i style="top: calc({row} * 100% / {SIDE})"></i>'
    return f'<div class="kept"><div class="picture">{picture}{outline}</div><dl>{rows}</dl></div>'


def facts_in_words(facts: TensorFacts) -> dict[str, str]:
    """Return what is said of a tensor, each with its name."""
    return {
        "shape": str(list(facts.shape)),
        "dtype": facts.dtype,
        "smallest": number(facts.smallest),
        "largest": number(facts.largest),
        "mean": number(facts.mean),
        "memory": f"{facts.memory:,} bytes",
    }


def finding(kept_as: PixelFormat, facts: TensorFacts) -> str:
    """Return in words what the format does to the numbers and to the memory."""
    megabytes = f"{facts.memory * TRAINING_IMAGES / 1e6:.0f}\N{NO-BREAK SPACE}MB"
    total = f"MNIST's {TRAINING_IMAGES:,} training images need **{megabytes}**"
    match kept_as:
        case PixelFormat.BYTES:
            return f"One byte per pixel, from 0 to 255. {total}."
        case PixelFormat.TO_TENSOR:
            return (
                f"The same picture and the same curve, but all numbers are divided by 255, and there is a channel. "
                f"{total}, four times as much: a `float32` has 4 bytes."
            )
        case PixelFormat.NORMALIZE:
            return (
                f"Still the same picture: {MEAN} is subtracted, then the result is divided by {STD}. Over all training "
                f"images, the mean is now 0 and the standard deviation 1; paper is {signed(kept_as.ends[0])}. {total}."
            )


def axis_ends(kept_as: PixelFormat) -> tuple[float, float]:
    """Return the values of paper and of ink, rounded outwards to two decimals."""
    paper, ink = kept_as.ends
    return math.floor(100 * paper) / 100, math.ceil(100 * ink) / 100


def number(value: float) -> str:
    """Return a value in few characters: whole numbers as they are, others with three decimals."""
    return signed(value, 0 if value == round(value) else 3)


def row_table(image: torch.Tensor, row: int) -> pd.DataFrame:
    """Return the values of a row of an image (28, 28) uint8 in every format, a row per column of the picture."""
    columns = {
        each.value: [round(value, 4) for value in convert(image, each).reshape(SIDE, SIDE)[row].tolist()]
        for each in PixelFormat
    }
    return pd.DataFrame({"Column": list(range(SIDE))} | columns)
