"""The flow: a picture on its way through the model, and one of its numbers explained."""

import pandas as pd
import streamlit as st
import torch

from app_pages.components.activation_colours import packed_bytes
from app_pages.components.chart_table import render_numbers
from app_pages.components.flow_panel import BlockView, LookView, PartView, flow_panel
from app_pages.components.html import data_url, percent
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.unit import choose, render_unit
from app_pages.state import resources
from app_pages.state.inside import inside_state
from mnist_core.analysis.activations import Block, Flow, Operation, Stage, trace
from mnist_core.formatting import signed
from mnist_core.ink.normalisation import denormalise

PANEL = "inside_flow"
BARS = {Operation.LOGITS, Operation.SOFTMAX}
NON_NEGATIVE = {Operation.RELU, Operation.SOFTMAX}
PICTURES = {Operation.INPUT, Operation.LOOKS}
SENTENCE = (
    "Each small picture is what one channel of a layer makes of the layer before: "
    "blue where it responds, orange where the value is below zero."
)
QUESTIONS = {
    "linear": "choose the logit of your digit. Which of its pixels speak against it?",
    "mlp": "choose a bright hidden unit. Which stroke makes it bright? Draw only that.",
    "cnn": "which channel of the first layer sees horizontal lines? Draw one.",
}
Chosen = tuple[int, tuple[int, ...]]  # a layer and a unit of it


def render_flow(subject: Subject, model: InspectedModel) -> None:
    """Show every layer's activations, and explain the unit that was chosen."""
    st.markdown(f"{SENTENCE} **Try it:** {QUESTIONS[model.config.model]}")
    predictor = model.predictor
    flow: Flow = resources.run_inference(lambda: trace(predictor.model, subject.tensor, predictor.temperature))
    look, chosen = chosen_look(flow), chosen_unit(flow)
    flow_panel(
        [block_view(block, look) for block in flow.blocks()],
        looks=look_views(flow),
        look=look,
        chosen=chosen,
        key=PANEL,
        on_unit=_unit_chosen,
        on_look=_look_chosen,
    )
    if inside_state().layer is None:
        st.caption(
            "Below is the strongest unit of the first layer that computes. Click any other in the pictures above."
        )
    render_unit(flow, *chosen, look)
    stage = flow.stage(chosen[0])
    render_numbers(lambda: activation_table(stage, look), name="All activations of this layer", key="inside_layer")


def chosen_look(flow: Flow) -> int:
    """Return the number of the look whose activations are shown: the chosen one, or the least rotated."""
    angles = [abs(angle) for angle in flow.looks]
    look = inside_state().look
    return look if look is not None and look < len(angles) else angles.index(min(angles))


def chosen_unit(flow: Flow) -> Chosen:
    """Return the chosen layer and unit; where there is none, the strongest unit of the first block that computes."""
    state = inside_state()
    if state.layer is not None and 0 <= state.layer <= len(flow.model):
        shape = flow.stage(state.layer).shape
        unit = state.unit
        if unit and len(unit) == len(shape) and all(at < side for at, side in zip(unit, shape, strict=True)):
            return state.layer, unit
        return state.layer, strongest(flow.stage(state.layer), chosen_look(flow))
    given = (Operation.INPUT, Operation.LOOKS, Operation.FLATTEN)
    first = next(block for block in flow.blocks() if block.stages[0].operation not in given)
    return first.output.layer, strongest(first.output, chosen_look(flow))


def strongest(stage: Stage, look: int) -> tuple[int, ...]:
    """Return the unit of a layer with the highest output."""
    values = stage.of_look(look)
    return tuple(int(place) for place in torch.unravel_index(values.argmax(), values.shape))


def block_view(block: Block, look: int) -> BlockView:
    """Return what the panel shows of a block, for one look."""
    return BlockView(block.name, [part_view(stage, look) for stage in block.stages])


def part_view(stage: Stage, look: int) -> PartView:
    """Return what the panel shows of one layer, for one look."""
    values = stage.of_look(look)
    operation = stage.operation
    texts: list[str] = []
    if operation in BARS:
        is_softmax = operation == Operation.SOFTMAX
        texts = [percent(float(each), escaped=False) if is_softmax else signed(float(each)) for each in values]
    kind = "bars" if texts else "picture" if operation in PICTURES else "maps" if values.ndim == 3 else "units"
    packed, scale = packed_bytes(denormalise(values) if kind == "picture" else values)
    return PartView(
        stage.layer, str(operation), kind, stage.shape, packed, scale, texts, is_positive=operation in NON_NEGATIVE
    )


def look_views(flow: Flow) -> list[LookView]:
    """Return the rotated pictures of a model with test-time rotations, else none."""
    if len(flow.looks) == 1:
        return []
    pictures = denormalise(flow.stage(0).values[:, 0]).numpy()
    return [LookView(degrees(angle), data_url(picture)) for angle, picture in zip(flow.looks, pictures, strict=True)]


def degrees(angle: float) -> str:
    """Return an angle in words, such as +3°."""
    plus = "+" if angle > 0.05 else ""
    return plus + signed(angle, 1).removesuffix(".0") + "°"


def activation_table(stage: Stage, look: int) -> pd.DataFrame:
    """Return all outputs of a layer for a look, a row each."""
    values = stage.of_look(look)
    names = ("Channel", "Row", "Column") if values.ndim == 3 else ("Unit",)
    places = torch.cartesian_prod(*map(torch.arange, values.shape)).reshape(-1, values.ndim)
    columns = dict(zip(names, places.T.tolist(), strict=True))
    return pd.DataFrame(columns | {"Value": values.flatten().tolist()})


def _unit_chosen() -> None:
    choose(st.session_state[PANEL].unit)


def _look_chosen() -> None:
    look = st.session_state[PANEL].look
    if isinstance(look, int) and look >= 0:
        inside_state().look = look
