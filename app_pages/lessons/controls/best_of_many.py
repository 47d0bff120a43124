"""What a test set is not for: how good the best of many equally good models looks, by luck alone."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.log_axes import with_log_axes
from mnist_core.analysis.best_of_many import expected_best

TRIED, IMAGES, ACCURACY = "course_best_tried", "course_best_images", "course_best_accuracy"
MODELS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
SIZES = (100, 1_000, 10_000)  # images of a test set
ACCURACIES = (0.1, 0.92, 0.98)  # of guessing, of the linear model and of a good network
SENTENCE = (
    "All models here are equally good, and the one with the highest accuracy on the test set is reported. **Try it:** "
    "how many models must guess until the best looks like 20%? Then take a true accuracy of 92% and 1,000 images: how "
    "many tries gain two points?"
)


def render_best_of_many() -> None:
    """Show the accuracy of the best model over how many are tried, for test sets of three sizes."""
    st.markdown(SENTENCE)
    tried = int(st.select_slider("Models tried", MODELS, 1, key=TRIED, format_func="{:,}".format))
    with st.container(horizontal=True, gap="large"):
        images = int(
            st.segmented_control(
                "Test images", SIZES, default=SIZES[0], required=True, key=IMAGES, format_func="{:,}".format
            )
        )
        accuracy = float(
            st.segmented_control(
                "True accuracy of each",
                ACCURACIES,
                default=ACCURACIES[0],
                required=True,
                key=ACCURACY,
                format_func="{:.0%}".format,
            )
        )
    best = {size: expected_best(MODELS, size, accuracy) for size in SIZES}
    here = best[images][MODELS.index(tried)]
    words = finding(tried, images, accuracy, here)
    st.markdown(words)
    lines = [
        Line(f"{size:,} images", [(count, 100 * share) for count, share in zip(MODELS, shares, strict=True)], place)
        for place, (size, shares) in enumerate(best.items())
    ]
    truth = Line("true accuracy", [(end, 100 * accuracy) for end in (MODELS[0], MODELS[-1])], len(lines))
    chart = curve_chart(
        "Accuracy of the best on the test set (%)",
        "models tried",
        [*lines, truth],
        x_range=(MODELS[0], MODELS[-1]),
        dot=(tried, 100 * here),
    )
    render_chart(
        with_log_axes(chart, x=10),
        name="Accuracy of the best",
        finding=words.replace("**", ""),
        numbers=lambda: best_table(best),
        key="course_best_curves",
        height=380,
    )
    st.caption(
        "These are expected values, and each model makes its mistakes independently of the others. Models that are "
        "alike make the same mistakes, which leaves less room for luck."
    )


def finding(tried: int, images: int, accuracy: float, best: float) -> str:
    """Return in words how good the best model looks, and how good it is."""
    if tried == 1:
        return (
            f"One model, no choice, no luck: on average, its accuracy on the test set is the true one, {accuracy:.1%}."
        )
    return (
        f"The best of {tried:,} models looks like **{best:.1%}** on the {images:,} images that chose it: "
        f"**{100 * (best - accuracy):.1f} points** of luck. On other images it is right for {accuracy:.1%}, like all."
    )


def best_table(best: Mapping[int, Sequence[float]]) -> pd.DataFrame:
    """Return a row per number of models, and a column per size of the test set."""
    columns = {f"{size:,} images (%)": [round(100 * each, 2) for each in shares] for size, shares in best.items()}
    return pd.DataFrame({"Models tried": list(MODELS)} | columns)
