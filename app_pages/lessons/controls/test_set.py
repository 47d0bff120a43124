"""Why a test set: a model that learns by heart is always right about what it has memorised."""

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import NARROW, percent
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.log_axes import with_log_axes
from app_pages.lessons.controls.overfitting import share
from app_pages.lessons.output_html import figure_html
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.analysis.nearest_neighbour import SIZES, NearestNeighbour, answer_by_nearest
from mnist_core.data.split import fingerprint

SIZE, NUMBER = "course_test_set_size", "course_test_set_number"
DEFAULT_SIZE, DEFAULT_NUMBER = 100, 8
WIDTH = 150  # px of an image, at most
SENTENCE = (
    "Here is a model that only remembers: it answers with the label of the most similar image that it has memorised. "
    "**Try it:** how many images must it memorise to answer 80% of the test images correctly? And how good does it "
    "look if you only ask about the memorised ones?"
)
STYLE = f"""<style>
.nearest {{ display: grid; grid-template-columns: minmax(0, {WIDTH}px) max-content minmax(0, {WIDTH}px); gap: .8rem;
  align-items: center; }}
.nearest figure {{ margin: 0; font-size: .9rem; line-height: 1.4; text-align: center; }}
.nearest .crisp {{ width: 100% !important; }}
.nearest > span {{ font-size: 1.6rem; }}
@media (max-width: {NARROW}) {{ .nearest {{ gap: .6rem; }} }}
</style>"""


def render_test_set() -> None:
    """Show what a model that learns by heart makes of a test image, and its accuracy on memorised and test images."""
    st.markdown(SENTENCE)
    train, test = resources.available_split("train"), resources.available_split("test")
    nearest = computed(
        "course_test_set",
        (train.source, fingerprint()),
        lambda: answer_by_nearest(train, test),
        f"Memorising up to {SIZES[-1]:,} images",
        is_shared=True,
    )
    if nearest is None:
        return
    example, curves = st.columns([2, 3], gap="large")
    with example:
        default = DEFAULT_SIZE if DEFAULT_SIZE in nearest.sizes else nearest.sizes[-1]
        size = int(st.select_slider("Memorised images", nearest.sizes, default, key=SIZE, format_func="{:,}".format))
        most = nearest.questions - 1
        number = int(st.number_input("Test image", 0, most, min(DEFAULT_NUMBER, most), key=NUMBER))
        st.html(STYLE + example_html(nearest, size, number))
        st.markdown(about_example(nearest, size, number))
    with curves:
        _render_curves(nearest, size)


def example_html(nearest: NearestNeighbour, size: int, number: int) -> str:
    """Return a test image and the most similar memorised image, each with its label below."""
    train, test = resources.available_split("train"), resources.available_split("test")
    near = int(nearest.nearest[nearest.sizes.index(size), number])
    asked, answer = test.classes[int(test.labels[number])], train.classes[int(train.labels[near])]
    return (
        '<div class="nearest">'
        + figure_html(test.images[number].numpy(), WIDTH, f"test image {number}, label {asked}", f"label {asked}")
        + '<span aria-hidden="true">→</span>'
        + figure_html(train.images[near].numpy(), WIDTH, f"training image {near}, label {answer}", f"label {answer}")
        + "</div>"
    )


def about_example(nearest: NearestNeighbour, size: int, number: int) -> str:
    """Return in words whether the model is right about a test image."""
    train, test = resources.available_split("train"), resources.available_split("test")
    near = int(nearest.nearest[nearest.sizes.index(size), number])
    answer = train.classes[int(train.labels[near])]
    is_right = train.labels[near] == test.labels[number]
    return (
        f"The most similar one is training image {near:,}, so it answers {answer}: {'right' if is_right else 'wrong'}."
    )


def _render_curves(nearest: NearestNeighbour, size: int) -> None:
    lines = [
        Line(
            name, [(each, 100 * value) for each, value in zip(nearest.sizes, values, strict=True)], place, has_dots=True
        )
        for place, (name, values) in enumerate((("test images", nearest.test), ("memorised images", nearest.memorised)))
    ]
    ends = (nearest.sizes[0], nearest.sizes[-1])
    chart = curve_chart("Accuracy (%)", "memorised images", lines, x_range=ends, y_range=(0, 100), here=size)
    st.markdown(finding(nearest, size))
    render_chart(
        with_log_axes(chart, x=10),
        name="Accuracy by memorised images",
        finding=finding(nearest, size),
        numbers=lambda: sizes_table(nearest),
        key="course_test_set_curves",
        height=340,
    )


def finding(nearest: NearestNeighbour, size: int) -> str:
    """Return in words how good the model is on images that it has memorised, and on others."""
    place = nearest.sizes.index(size)
    memorised, test = nearest.memorised[place], nearest.test[place]
    return (
        f"With {size:,} images, it answers {share(memorised)} of those that it has memorised correctly, and "
        f"**{percent(test, escaped=False)}** of {nearest.questions:,} test images."
    )


def sizes_table(nearest: NearestNeighbour) -> pd.DataFrame:
    """Return a row per number of memorised images."""
    return pd.DataFrame(
        {
            "Memorised images": nearest.sizes,
            "Accuracy on them (%)": [round(100 * each, 1) for each in nearest.memorised],
            "Accuracy on test images (%)": [round(100 * each, 1) for each in nearest.test],
        }
    )
