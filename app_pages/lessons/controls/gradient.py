"""The gradient by hand: the loss over one parameter, the tangent at a point of it, and one step downhill."""

import math

import numpy as np
import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart, render_numbers
from app_pages.components.html import pixel_html
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.state import resources
from mnist_core.analysis.loss_curve import LossCurve, Parameter
from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.formatting import MINUS, signed

DIGIT, KIND, ROW, COLUMN, VALUE, RATE = (
    f"course_gradient_{name}" for name in ("digit", "kind", "row", "column", "value", "rate")
)
WEIGHT, BIAS = "Weight of a pixel", "Bias"
IMAGES = 200  # of the training set, the first ones
LIMIT = 4.0  # of the slider, on both sides
STEP = 0.01  # of the slider
POINTS = 121  # of the curve
REACH = 1.5  # of the tangent, on both sides of the point
RATES = (0.1, 1.0, 10.0, 100.0)
DEFAULT_RATE = 10.0
DEFAULT_DIGIT = 1
MIDDLE = 14  # row and column of the pixel at first
OUTLINE = 255  # a mark that is visible on ink and on paper
PRODUCT = f"(p {MINUS} y) · x"
SENTENCE = (
    "One of the 7,850 parameters moves, the others stay 0. The slope of the loss says which way is downhill, and "
    "gradient descent steps that way. **Try it:** step downhill until the slope is 0. Which learning rate jumps over "
    "the valley?"
)


def render_gradient() -> None:
    """Show the loss over one parameter, its slope where the slider stands, and a button for one step downhill."""
    st.markdown(SENTENCE)
    split = resources.available_split("train").first(IMAGES)
    controls, chart = st.columns([2, 3], gap="large")
    with controls:
        parameter = _choose_parameter(split)
        curve = LossCurve.of(parameter, split.images, split.labels)
        value = _choose_value(curve)
    name = name_of(parameter)
    with chart:
        _render_curve(curve, value, name)
    slope, found = curve.slope_by_hand(value), curve.slope_by_autograd(value)
    st.markdown(
        f"**By hand:** the mean of {PRODUCT} over {len(split)} images is **{signed(slope, 4)}**. "
        f"**`loss.backward()`** gives **{signed(found, 4)}**. {downhill(slope)}"
    )
    render_numbers(lambda: products_table(curve, value), name="The slope by hand", key="course_gradient_slope")


def name_of(parameter: Parameter) -> str:
    """Return what the page calls a parameter."""
    if parameter.pixel is None:
        return f"bias of {parameter.digit}"
    return f"weight from pixel {parameter.pixel} to {parameter.digit}"


def downhill(slope: float) -> str:
    """Return in words which way is downhill."""
    if abs(slope) < 5e-5:
        return "The curve is level here: this is the bottom of the valley, or far out where nothing changes any more."
    return f"The loss falls when the parameter becomes {'smaller' if slope > 0 else 'larger'}."


def products_table(curve: LossCurve, value: float) -> pd.DataFrame:
    """Return what each image adds to the slope, and the mean over all of them."""
    products = curve.products(value)
    rows = pd.DataFrame(
        {
            "Image": [str(number) for number in range(len(products))],
            "Label": curve.labels.tolist(),
            "p": curve.p(value).tolist(),
            "y": curve.y.tolist(),
            "x": curve.x.tolist(),
            PRODUCT: products.tolist(),
        }
    )
    mean = pd.DataFrame({"Image": ["mean"], PRODUCT: [float(products.mean())]})
    return pd.concat([rows, mean], ignore_index=True)


def _choose_parameter(split: Split) -> Parameter:
    kind = st.segmented_control("Parameter", [WEIGHT, BIAS], default=WEIGHT, required=True, key=KIND)
    digit = int(st.selectbox("Of the digit", range(CLASSES), DEFAULT_DIGIT, key=DIGIT))
    if kind == BIAS:
        return Parameter(digit)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picture = st.container(width="content")
        row = _place("Row", ROW)
        column = _place("Column", COLUMN)
    picture.html(pixel_html(marked_mean(split, digit, row, column), 72, f"The mean {digit}, the pixel outlined"))
    return Parameter(digit, (row, column))


def _place(label: str, key: str) -> int:
    return int(st.number_input(label, 0, SIDE - 1, MIDDLE, key=key, width=88))


def marked_mean(split: Split, digit: int, row: int, column: int) -> np.ndarray:
    """Return the mean image of a digit with one pixel outlined, (56, 56) uint8; black where there is no image."""
    images = split.images[split.labels == digit].double()
    mean = images.mean(dim=0) if len(images) else split.images[0] * 0.0
    large = np.kron(mean.numpy(), np.ones((2, 2))).round().astype(np.uint8)
    top, left = max(0, 2 * row - 1), max(0, 2 * column - 1)
    inner = large[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].copy()
    large[top : 2 * row + 3, left : 2 * column + 3] = OUTLINE if inner.max() < OUTLINE // 2 else 0
    large[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = inner
    return large


def _choose_value(curve: LossCurve) -> float:
    value = float(st.slider("Value of the parameter", -LIMIT, LIMIT, 0.0, STEP, key=VALUE))
    rate = float(st.select_slider("Learning rate", RATES, DEFAULT_RATE, key=RATE, format_func=lambda rate: f"{rate:g}"))
    st.button(
        "One step downhill",
        key="course_gradient_step",
        icon=":material/south:",
        type="primary",
        on_click=_step,
        args=(curve, value, rate),
    )
    there = curve.step(value, rate)
    st.caption(
        f"{signed(value)} {MINUS} {rate:g} · ({signed(curve.slope_by_hand(value), 4)}) = {signed(there)}{off(there)}"
    )
    return value


def off(value: float) -> str:
    """Return a remark about a value beyond the slider's ends, or ""."""
    return "" if abs(value) <= LIMIT else ", beyond the end of the slider"


def _step(curve: LossCurve, value: float, rate: float) -> None:
    there = curve.step(value, rate)
    st.session_state[VALUE] = max(-LIMIT, min(LIMIT, round(there, 2))) if math.isfinite(there) else 0.0


def _render_curve(curve: LossCurve, value: float, name: str) -> None:
    values = [-LIMIT + 2 * LIMIT * place / (POINTS - 1) for place in range(POINTS)]
    losses = curve.losses(values)
    loss, slope = curve.loss(value), curve.slope_by_hand(value)
    ends = [max(-LIMIT, value - REACH), min(LIMIT, value + REACH)]
    tangent = [(end, curve.tangent(value, end)) for end in ends]
    chart = curve_chart(
        "Mean loss (nats)",
        name,
        [Line("loss", list(zip(values, losses, strict=True)), 0), Line("tangent", tangent, 1)],
        x_range=(-LIMIT, LIMIT),
        dot=(value, loss),
    )
    render_chart(
        chart,
        name="Loss over the parameter",
        finding=f"At a {name} of {signed(value)} the mean loss is {loss:.4f} nats and its slope {signed(slope, 4)}.",
        numbers=lambda: pd.DataFrame({name.capitalize(): values, "Mean loss (nats)": losses}),
        key="course_gradient_curve",
        height=400,
    )
