"""How exact a nudge is: the slope of the loss by nudging a weight, beside the one that `loss.backward()` gives."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.log_axes import with_log_axes
from app_pages.state import resources
from mnist_core.analysis.loss_curve import LossCurve, Parameter
from mnist_core.analysis.nudge import PRECISIONS, NudgedSlope, best_nudge, nudged_slopes
from mnist_core.formatting import signed

NUDGE, PRECISION = "course_backward_nudge", "course_backward_precision"
IMAGES = 100  # of the training set, the first ones
WEIGHT = Parameter(0, (14, 14))  # from the pixel in the middle to 0, as in the step before
NUDGES = tuple(10.0**place for place in range(-7, 2))  # of the slider
FINE = 6  # points of the curve per factor of 10
DEFAULT = 0.1  # as in the step before
MOST = 12  # digits, the end of the chart
NEAR = 10.0  # a nudge within this factor of the best one is about the best
SENTENCE = (
    "By hand, you nudged a weight up and down and compared the losses. `loss.backward()` needs no nudge. **Try it:** "
    "which nudge comes closest to it? Predict whether a smaller one is always better, and try both precisions."
)
ROUNDING = (
    "The nudge is too small: both losses agree in nearly all of the digits that {} keeps, and the division by the "
    "nudge enlarges what rounding left."
)
CURVATURE = (
    "The nudge is too large: between the two points the loss bends, so the line through them is not the tangent."
)
BEST = "With {}, this is about the best nudge."


def render_backward() -> None:
    """Show how exact the slope is over the size of the nudge, for both precisions, and the slope for one nudge."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="top", gap="large"):
        nudge = float(st.select_slider("Nudge", NUDGES, DEFAULT, key=NUDGE, format_func=plain, width=380))
        precision = str(
            st.segmented_control("Precision", list(PRECISIONS), default="float32", required=True, key=PRECISION)
        )
    split = resources.available_split("train").first(IMAGES)
    curve = LossCurve.of(WEIGHT, split.images, split.labels)
    slopes = {name: nudged_slopes(curve, fine_nudges(), name) for name in PRECISIONS}
    (here,) = nudged_slopes(curve, [nudge], precision)
    words = finding(here, precision, curve.slope_by_autograd(0.0))
    st.markdown(words)
    lines = [
        Line(name, [(each.nudge, each.digits) for each in found], place)
        for place, (name, found) in enumerate(slopes.items())
    ]
    ends = (NUDGES[0], NUDGES[-1])
    chart = curve_chart(
        "Digits of the slope that are right", "nudge", lines, x_range=ends, y_range=(0, MOST), dot=(nudge, here.digits)
    )
    render_chart(
        with_log_axes(chart, x=10),
        name="Right digits by nudge",
        finding=words.replace("**", "").replace("`", ""),
        numbers=lambda: slopes_table(slopes),
        key="course_backward_curve",
        height=380,
    )


def fine_nudges() -> list[float]:
    """Return the nudges of the curve, from the first of the slider to the last, evenly spaced in their logarithm."""
    return [NUDGES[0] * 10 ** (place / FINE) for place in range(FINE * (len(NUDGES) - 1) + 1)]


def plain(number: float) -> str:
    """Return a number without an exponent: "0.0001"."""
    return f"{number:.7f}".rstrip("0").rstrip(".")


def finding(here: NudgedSlope, precision: str, exact: float) -> str:
    """Return in words how far the slope is off, and why."""
    best = best_nudge(precision)
    is_small, is_large = here.nudge < best / NEAR, here.nudge > best * NEAR
    why = ROUNDING if is_small else CURVATURE if is_large else BEST
    return (
        f"The nudge gives **{signed(here.slope, 6)}**, and `loss.backward()` gives **{signed(exact, 6)}**"
        f"{off(here.error, exact)}. {why.format(precision)}"
    )


def off(error: float, exact: float) -> str:
    """Return in words what share of the slope the error is; nothing where the slope is 0."""
    if not exact:
        return ""
    percent = 100 * error / abs(exact)
    if percent < 0.001:
        return ": an error of less than 0.001%"
    return f": an error of {percent:,.0f}%" if percent >= 100 else f": an error of {percent:.3g}%"


def slopes_table(slopes: Mapping[str, Sequence[NudgedSlope]]) -> pd.DataFrame:
    """Return a row per precision and nudge."""
    return pd.DataFrame(
        [
            {
                "Precision": name,
                "Nudge": each.nudge,
                "Slope": each.slope,
                "Error": each.error,
                "Right digits": each.digits,
            }
            for name, found in slopes.items()
            for each in found
        ]
    )
