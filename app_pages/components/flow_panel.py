"""A picture on its way through a model: the activations of every layer, left to right, in blocks that unfold.

The browser keeps which blocks are unfolded. A click on a unit chooses it. With the keyboard, arrows move between
layers, Enter goes into one, arrows move from unit to unit, and Enter chooses. Only one look is sent, as bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.components.activation_colours import diverging_colours

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "flow_panel",
    html='<div class="flow" role="group" aria-label="The picture on its way through the model">'
    '<div class="scroller"><div class="blocks"></div></div><p class="readout" aria-live="polite"></p></div>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class PartView:
    """The output of one layer.

    Attributes:
        layer: its number.
        name: what it does, such as "Max pooling".
        kind: "picture" for grey pixels, "maps" for feature maps, "units" for a row of numbers, "bars" for ten of them.
        shape: of the output, such as (16, 12, 12).
        values: signed bytes in base64, see `activation_colours.packed_bytes`.
        scale: the value that 127 stands for.
        texts: for bars, their numbers in words; else empty.
        is_positive: whether no value can be below zero, so that half of the legend is left out.
    """

    layer: int
    name: str
    kind: str
    shape: tuple[int, ...]
    values: str
    scale: float
    texts: Sequence[str] = ()
    is_positive: bool = False


@dataclass(frozen=True)
class BlockView:
    """Layers that are shown as one until somebody unfolds them; the last one is what the folded block shows."""

    name: str
    parts: Sequence[PartView]


@dataclass(frozen=True)
class LookView:
    """One of the rotated pictures that the model averages over: its angle in words, and the URL of its picture."""

    name: str
    picture: str


def flow_panel(
    blocks: Sequence[BlockView],
    *,
    looks: Sequence[LookView],
    look: int,
    chosen: tuple[int, tuple[int, ...]],
    key: str,
    on_unit: Callable[[], None],
    on_look: Callable[[], None],
) -> None:
    """Show the activations of a model.

    Args:
        blocks: from the input to the probabilities.
        looks: the rotated pictures, shown in place of the layer that makes them; empty when the model has none.
        look: the number of the look whose activations are shown.
        chosen: the layer and the unit that are marked.
        key: the widget's key; `st.session_state[key].unit` is {"layer": ..., "unit": [...]}, and `.look` a number.
        on_unit, on_look: called when the visitor chooses one, before the page runs again.
    """
    data: dict[str, Any] = {
        "blocks": [asdict(block) for block in blocks],
        "looks": [asdict(each) for each in looks],
        "look": look,
        "chosen": {"layer": chosen[0], "unit": chosen[1]},
        "colours": diverging_colours(),
    }
    _mount(key=key, data=data, on_unit_change=on_unit, on_look_change=on_look)
