"""The picture of a network: its layers from top to bottom, each with its shape and parameters, as an SVG."""

import html
import math
from collections.abc import Sequence
from itertools import pairwise

import streamlit as st

from mnist_core.models.architecture import LayerKind, LayerSummary, summarise_layers
from mnist_core.models.config import TrainConfig

WIDTH, ROW, HEADER = 280, 50, 22  # px of the drawing; it is scaled to the column
GLYPH_MIDDLE, TEXT_LEFT = 25, 58  # px
SHEET_OFFSET = 3  # px between two feature maps of a stack
MAX_SHEETS = 6
STRIP_HEIGHT, MAX_STRIP = 9, 48  # px, of a layer without height and width
CELLS = 10  # up to so many features are drawn one by one
CSS = """
details { color: var(--st-text-color); font: 1rem/1.5 var(--st-font); }
summary { cursor: pointer; padding: .25rem 0; border-radius: 6px; }
summary:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
p { margin: .5rem 0 0; font-size: .875rem; opacity: .8; }
svg { display: block; width: 100%; max-width: 27rem; color: var(--st-text-color); }
text { font: 14px var(--st-font); fill: currentColor; }
.name { font-weight: 600; }
.small { font-size: 13px; }
.number { text-anchor: end; font-variant-numeric: tabular-nums; }
.shape { fill: var(--st-primary-color); fill-opacity: .22; stroke: var(--st-primary-color); stroke-width: 1.2; }
.solid { fill: var(--st-primary-color); }
.wire { stroke: currentColor; opacity: .6; }
"""
# NOTE: a component, because st.html takes SVG out, and an image would know neither the theme's colours nor its font. On
# a phone it begins folded, so that a run is not far below Start.
JS = """
export default function ({ parentElement, data }) {
  const details = parentElement.querySelector('details');
  const [title, picture, note] = details.children;
  if (!details.isShown) {
    details.isShown = true;
    details.open = matchMedia('(min-width: 641px)').matches;
  }
  if (picture.shown !== data.svg) picture.innerHTML = picture.shown = data.svg;
  title.textContent = data.title;
  note.textContent = data.note;
}
"""
DETAILS = {"max pooling": "pooling"}  # shorter, for a narrow column

_mount = st.components.v2.component(
    "network_picture", html="<details><summary></summary><div></div><p></p></details>", css=CSS, js=JS
)


def render_network(config: TrainConfig) -> None:
    """Show the picture of a configuration's network, below its number of parameters."""
    layers = summarise_layers(config)
    parameters = sum(layer.parameters for layer in layers)
    looks = f" It looks {config.looks} times, slightly rotated, before it answers." if config.looks > 1 else ""
    _mount(
        key="train_network",
        data={
            "svg": network_svg(layers),
            "title": f"The network: {parameters:,} parameters",
            "note": f"{work_in_words(layers)}{looks}",
        },
    )


def network_svg(layers: Sequence[LayerSummary]) -> str:
    """Return a picture of a network as an SVG with a text alternative; `CSS` gives it the theme's colours.

    Args:
        layers: from the image to the logits.
    """
    height = HEADER + ROW * len(layers)
    rows = "".join(_row(layer, HEADER + ROW * place) for place, layer in enumerate(layers))
    wires = "".join(_wire(*pair, HEADER + ROW * place) for place, pair in enumerate(pairwise(layers)))
    return (
        f'<svg role="img" aria-label="{html.escape(network_in_words(layers))}" viewBox="0 0 {WIDTH} {height}" '
        f'xmlns="http://www.w3.org/2000/svg">'
        f'<text class="small number" x="{WIDTH}" y="12">shape, parameters</text>{wires}{rows}</svg>'
    )


def network_in_words(layers: Sequence[LayerSummary]) -> str:
    """Return what the picture shows, layer by layer, for somebody who does not see it."""
    described = [
        f"{layer_name(layer)} {shape_in_words(layer)}" + (f", {layer.parameters:,} parameters" * bool(layer.parameters))
        for layer in layers
    ]
    return f"The layers: {'; '.join(described)}."


def work_in_words(layers: Sequence[LayerSummary]) -> str:
    """Return the number of multiply-adds of a whole network, as a sentence."""
    multiply_adds = sum(layer.multiply_adds for layer in layers)
    amount = f"{multiply_adds / 1e6:,.1f} million" if multiply_adds >= 1e6 else f"{multiply_adds:,}"
    return f"It makes {amount} multiplications and additions per image."


def layer_name(layer: LayerSummary) -> str:
    """Return the name of a layer, with the size of its kernel if it has one."""
    kernel = layer.details[0].split(",")[0] if layer.kind is LayerKind.CONVOLUTION else ""
    return f"{layer.kind} {kernel}".strip()


def shape_in_words(layer: LayerSummary) -> str:
    """Return a shape as PyTorch prints it, without the comma that follows a single number."""
    return f"({', '.join(str(size) for size in layer.shape)})"


def _row(layer: LayerSummary, top: int) -> str:
    middle = top + ROW / 2
    details = ", ".join(DETAILS.get(part, part) for part in _details(layer))
    parameters = f"{layer.parameters:,}" if layer.parameters else ""
    return (
        f'{_glyph(layer, middle)}<text class="name" x="{TEXT_LEFT}" y="{middle - 4:g}">{layer_name(layer)}</text>'
        f'<text class="small" x="{TEXT_LEFT}" y="{middle + 13:g}">{details}</text>'
        f'<text class="number" x="{WIDTH}" y="{middle - 4:g}">{shape_in_words(layer)}</text>'
        f'<text class="small number" x="{WIDTH}" y="{middle + 13:g}">{parameters}</text>'
    )


def _details(layer: LayerSummary) -> list[str]:
    """Return what is written below the name of a layer: what follows its kernel, or what it stands for."""
    if layer.kind is LayerKind.CONVOLUTION:
        _, *stride = layer.details[0].split(", ")
        return [*stride, *layer.details[1:]]
    stands_for = {LayerKind.IMAGE: ("grey pixels",), LayerKind.FLATTEN: ("all values in a row",)}
    return list(stands_for.get(layer.kind, layer.details or ("one output per digit",)))


def _glyph(layer: LayerSummary, middle: float) -> str:
    """Return feature maps as a stack of sheets with sides in proportion, and plain features as a strip."""
    if len(layer.shape) == 3:
        channels, side = layer.shape[0], max(6, layer.shape[1])
        sheets = min(MAX_SHEETS, 1 + round(math.log2(channels)))
        spread = SHEET_OFFSET * (sheets - 1)
        left, top = GLYPH_MIDDLE - (side + spread) / 2, middle - (side + spread) / 2
        return "".join(
            f'<rect class="shape" x="{left + SHEET_OFFSET * number:g}" y="{top + spread - SHEET_OFFSET * number:g}" '
            f'width="{side}" height="{side}" rx="1.5"/>'
            for number in reversed(range(sheets))
        )
    (features,) = layer.shape
    if features <= CELLS:
        pitch = MAX_STRIP / CELLS
        left, top = GLYPH_MIDDLE - pitch * features / 2, middle - STRIP_HEIGHT / 2
        return "".join(
            f'<rect class="solid" x="{left + pitch * number:g}" y="{top:g}" width="3.4" height="{STRIP_HEIGHT}" '
            'rx="1"/>'
            for number in range(features)
        )
    length = min(MAX_STRIP, 6 * math.log2(features) - 12)
    return (
        f'<rect class="shape" x="{GLYPH_MIDDLE - length / 2:g}" y="{middle - STRIP_HEIGHT / 2:g}" '
        f'width="{length:g}" height="{STRIP_HEIGHT}" rx="2"/>'
    )


def _wire(above: LayerSummary, below: LayerSummary, top: int) -> str:
    """Return the line from one layer's glyph to the next one's."""
    start = top + ROW / 2 + _half_height(above) + 2
    end = top + 1.5 * ROW - _half_height(below) - 2
    return f'<path class="wire" d="M{GLYPH_MIDDLE} {start:g}V{end:g}"/>'


def _half_height(layer: LayerSummary) -> float:
    if len(layer.shape) == 1:
        return STRIP_HEIGHT / 2
    sheets = min(MAX_SHEETS, 1 + round(math.log2(layer.shape[0])))
    return (max(6, layer.shape[1]) + SHEET_OFFSET * (sheets - 1)) / 2
