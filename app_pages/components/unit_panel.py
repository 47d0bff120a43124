"""One unit of a network explained: what it looked at, the kernel, the products and their sum, and what follows it.

For feature maps the browser works out the numbers of every position of one channel, from the activations of the layer
before and the kernel, both float32, so that the kernel can be moved by hand, or move by itself, without the server.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.components.activation_colours import diverging_colours

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "unit_panel",
    html='<section class="unit"></section>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class NormView:
    """The five numbers of a batch normalisation for one channel, see `analysis.unit.Normalised`."""

    mean: float
    variance: float
    epsilon: float
    gain: float
    bias: float


@dataclass(frozen=True)
class ChannelView:
    """A channel of feature maps, and all that its numbers are made of.

    Attributes:
        unit: the chosen channel, row and column.
        picture: the URL of the picture that the network sees, 28x28.
        spans: for each row of the channel, the first pixel of the picture that it sees and the one after the last.
        before: the activations of the layer before, (C, H, W) float32 in base64.
        before_name: what that layer is.
        before_shape: (C, H, W).
        kernel: (C, size, size) float32 in base64.
        size, stride, padding: of the convolution, in units of the layer before.
        output: the channel itself, (H, W) float32 in base64.
        output_shape: (H, W).
        is_pooled: whether 2x2 max pooling follows the convolution.
        norm: of the normalisation that follows, or None when the channel lies before it.
        is_rectified: whether a ReLU follows.
    """

    unit: tuple[int, ...]
    picture: str
    spans: Sequence[tuple[int, int]]
    before: str
    before_name: str
    before_shape: tuple[int, ...]
    kernel: str
    size: int
    stride: int
    padding: int
    output: str
    output_shape: tuple[int, ...]
    is_pooled: bool
    norm: NormView | None
    is_rectified: bool


@dataclass(frozen=True)
class SumView:
    """A unit that sums weighted inputs.

    Attributes:
        inputs, weights: (D,) float32 in base64.
        shape: (C, H, W), how the inputs are shown as pictures; C is 1 for what never was a feature map.
        count: D; the last picture may have room for more.
        names: of inputs, weights and products, for their captions.
        bias: added to the sum.
        is_rectified: whether a ReLU follows.
    """

    inputs: str
    weights: str
    shape: tuple[int, ...]
    count: int
    names: tuple[str, str, str]
    bias: float
    is_rectified: bool


@dataclass(frozen=True)
class SharesView:
    """Ten logits that become ten probabilities.

    Attributes:
        chosen: the digit in question.
        logits: the ten.
        temperature: divides them.
        products: for each digit, image times template as signed bytes (28, 28) in base64; empty but for a linear model.
    """

    chosen: int
    logits: Sequence[float]
    temperature: float
    products: Sequence[str]


def unit_panel(
    view: ChannelView | SumView | SharesView, *, layer: int, title: str, key: str, on_unit: Callable[[], None]
) -> None:
    """Explain a unit.

    Args:
        view: what is explained.
        layer: the number of the unit's layer.
        title: which unit it is, such as "Convolution 1, channel 3".
        key: the widget's key; `st.session_state[key].unit` is {"layer": ..., "unit": [...]}, the unit moved to.
        on_unit: called when they moved, before the page runs again.
    """
    kinds = {ChannelView: "channel", SumView: "sum", SharesView: "shares"}
    data: dict[str, Any] = asdict(view) | {
        "kind": kinds[type(view)],
        "layer": layer,
        "title": title,
        "colours": diverging_colours(),
    }
    _mount(key=key, data=data, on_unit_change=on_unit)
