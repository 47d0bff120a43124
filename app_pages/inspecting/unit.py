"""One number explained: the chosen unit of the flow, from what it looked at to its value."""

import pandas as pd
import streamlit as st
import torch
from torch import nn

from app_pages.components.activation_colours import packed_floats
from app_pages.components.chart_table import render_numbers
from app_pages.components.html import data_url
from app_pages.components.unit_panel import ChannelView, NormView, SharesView, SumView, unit_panel
from app_pages.components.unit_views import shares_view, sum_view
from app_pages.state import resources
from app_pages.state.inside import inside_state
from mnist_core.analysis.activations import INPUT_LAYER, Flow, Operation
from mnist_core.analysis.receptive_field import field_spans
from mnist_core.analysis.unit import (
    Averaged,
    Convolved,
    Copied,
    Explanation,
    Normalised,
    Pooled,
    Rectified,
    Shared,
    Turned,
    Weighted,
    explain_unit,
)
from mnist_core.formatting import signed
from mnist_core.ink.normalisation import denormalise
from mnist_core.models.networks import PAPER

PANEL = "inside_unit_panel"


def render_unit(flow: Flow, layer: int, unit: tuple[int, ...], look: int) -> None:
    """Explain a unit: pictures, numbers in a readable line each, and all numbers as a table."""
    explanation: Explanation = resources.run_inference(lambda: explain_unit(flow, layer, unit, look))
    title = title_of(flow, layer, unit)
    view = view_of(flow, explanation)
    if view is None:
        st.markdown(f"**{title}**: {words_of(explanation)}")
        return
    unit_panel(view, layer=layer, title=title, key=PANEL, on_unit=_moved)
    render_numbers(lambda: table_of(explanation), name="This unit", key="inside_unit")


def title_of(flow: Flow, layer: int, unit: tuple[int, ...]) -> str:
    """Return which unit it is, without its row and column."""
    block = next(block for block in flow.blocks() if any(stage.layer == layer for stage in block.stages))
    operation = flow.stage(layer).operation
    within = f" → {operation}" if block.output.layer != layer else ""
    if operation in (Operation.LOGITS, Operation.SOFTMAX):
        return f"{'Logit' if operation == Operation.LOGITS else 'Probability'} of {unit[0]}"
    return f"{block.name}{within}, {'channel' if len(unit) == 3 else 'unit'} {unit[0]}"


def view_of(flow: Flow, explanation: Explanation) -> ChannelView | SumView | SharesView | None:
    """Return what the panel shows of an explanation; None for a unit that one sentence explains."""
    first = explanation.steps[0]
    if isinstance(first, Convolved):
        return channel_view(flow, explanation)
    if isinstance(first, Weighted):
        return sum_view(explanation, first)
    return shares_view(flow, first) if isinstance(first, Shared) else None


def channel_view(flow: Flow, explanation: Explanation) -> ChannelView:
    """Return all that the numbers of one channel are made of."""
    layer, look = explanation.layer, explanation.look
    place = next(place for place in range(layer, -1, -1) if isinstance(flow.model[place], nn.Conv2d))
    convolution = flow.model[place]
    assert isinstance(convolution, nn.Conv2d) and isinstance(convolution.padding, tuple)
    before = flow.stage(place - 1)
    channel = explanation.unit[0]
    output = flow.stage(layer).of_look(look)[channel]
    norm = next((step for step in explanation.steps if isinstance(step, Normalised)), None)
    return ChannelView(
        unit=explanation.unit,
        picture=data_url(denormalise(picture_of(flow, look)).numpy()),
        spans=field_spans(list(flow.model)[: layer + 1]),
        before=packed_floats(before.of_look(look)),
        before_name="Layer before" if before.layer > 0 else "Its input",
        before_shape=before.shape,
        kernel=packed_floats(convolution.weight[channel]),
        size=convolution.kernel_size[0],
        stride=convolution.stride[0],
        padding=convolution.padding[0],
        output=packed_floats(output),
        output_shape=tuple(output.shape),
        is_pooled=any(isinstance(step, Pooled) for step in explanation.steps),
        norm=NormView(norm.mean, norm.variance, norm.epsilon, norm.gain, norm.bias) if norm else None,
        is_rectified=isinstance(explanation.steps[-1], Rectified),
    )


def picture_of(flow: Flow, look: int) -> torch.Tensor:
    """Return the picture that the convolutions see, (28, 28), normalised: the input, or a look."""
    return flow.stage(0 if len(flow.looks) > 1 else INPUT_LAYER).of_look(look)[0]


def words_of(explanation: Explanation) -> str:
    """Return the explanation of a unit that computes little, in a sentence."""
    value = signed(explanation.value, 4)
    match explanation.steps[0]:
        case Copied(source):
            place = ", ".join(f"{name} {at}" for name, at in zip(("channel", "row", "column"), source, strict=True))
            return f"{value}, copied from {place}. Flattening only puts the numbers in one row."
        case Averaged(looks):
            total = " + ".join(signed(each, 4) for each in looks)
            return f"({total}) ÷ {len(looks)} = **{value}**, the mean over the looks."
        case Turned(angle, pixels, missing):
            parts = [f"{weight:.4f} × {_in_brackets(ink)}" for _, _, weight, ink in pixels]
            parts += [f"{missing:.4f} × {_in_brackets(PAPER)} (paper)"] if missing > 1e-4 else []
            return (
                f"{' + '.join(parts)} = **{value}**, the mean of the nearest pixels of the input, "
                f"which was rotated by {signed(angle, 0)}°."
            )
        case _:
            return f"{value}, a pixel of the input, normalised."


def _in_brackets(number: float) -> str:
    return f"({signed(number, 4)})" if number < 0 else signed(number, 4)


def table_of(explanation: Explanation) -> pd.DataFrame:
    """Return all numbers of an explanation: one row for each product, then one for each step."""
    rows: list[dict[str, object]] = []
    for operation, step in zip(explanation.operations, explanation.steps, strict=True):
        name = str(operation)
        match step:
            case Convolved(patch, kernel, products, top, left):
                for channel, row, column in torch.cartesian_prod(*map(torch.arange, patch.shape)).tolist():
                    at = (channel, row, column)
                    where = f"channel {channel}, row {top + row}, column {left + column}"
                    rows.append(_row(name, where, float(products[at]), float(patch[at]), float(kernel[at])))
            case Weighted(inputs, weights, products):
                triples = zip(inputs.tolist(), weights.tolist(), products.tolist(), strict=True)
                for number, (given, weight, product) in enumerate(triples):
                    rows.append(_row(name, f"input {number}", product, given, weight))
                rows.append(_row(name, "bias", step.bias))
            case Pooled(window):
                rows += [
                    _row(name, f"sum {place + 1} of 4", each) for place, each in enumerate(window.flatten().tolist())
                ]
            case Normalised():
                numbers = {
                    "mean": step.mean,
                    "variance": step.variance,
                    "epsilon": step.epsilon,
                    "gain": step.gain,
                    "bias": step.bias,
                }
                rows += [_row(name, part, number) for part, number in numbers.items()]
            case Shared():
                rows += [_row(name, f"logit of {digit}", logit) for digit, logit in enumerate(step.logits)]
                rows.append(_row(name, "temperature", step.temperature))
        rows.append(_row(name, "result", step.value))
    return pd.DataFrame(rows)


def _row(
    step: str, what: str, value: float, given: float | None = None, weight: float | None = None
) -> dict[str, object]:
    return {"Step": step, "What": what, "Input": given, "Weight": weight, "Value": value}


def _moved() -> None:
    choose(st.session_state[PANEL].unit)


def choose(sent: object) -> None:
    """Remember the unit that a panel sent; what no panel sends is ignored."""
    match sent:
        case {"layer": int(layer), "unit": [*unit]} if layer >= 0 and len(unit) in (1, 3):
            if all(isinstance(place, int) and place >= 0 for place in unit):
                state = inside_state()
                state.layer, state.unit = layer, tuple(unit)
