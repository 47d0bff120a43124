"""What several pages share: the theme, crisp images, percentages and the ten probabilities."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from app_pages.components import shell_style
from app_pages.components.presentation import is_presenting, presentation_style
from mnist_core.formatting import percentage
from mnist_core.ink.strokes import Polyline, Strokes

ACCENT = {"light": "#4353d6", "dark": "#7484f8"}  # the primary colours of .streamlit/config.toml
ON_ACCENT = {"light": "#ffffff", "dark": "#0b0d18"}  # text on the accent colour; white is too pale on the dark theme's
PAPER = {"light": "#e9ebfa", "dark": "#23263c"}  # where a scale up to the accent colour begins
NARROW = "640px"  # below it Streamlit stacks columns, and pages are laid out for a phone
STYLE = """<style>
:root { --accent: ACCENT; }
[data-testid="stMainBlockContainer"] { padding-bottom: 3rem; max-width: 84rem; }
.crisp { image-rendering: pixelated; display: block; border-radius: 6px; max-width: 100%; }
.bar { display: flex; align-items: center; gap: .6rem; height: 1.6rem; font-variant-numeric: tabular-nums; }
.bar > :first-child { width: .8rem; text-align: right; }
.bar > :last-child { width: 4.4rem; text-align: right; white-space: nowrap; }
.bar .track { flex: 1; height: .85rem; border-radius: 4px; overflow: hidden; background: rgb(128 128 150 / .16); }
.bar .fill { height: 100%; background: rgb(128 128 150 / .55); }
.bar.chosen { font-weight: 700; }
.bar.chosen .fill { background: var(--accent); }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; padding-bottom: 2rem; }
}
</style>"""

PEN_STYLE = """
polyline { fill: none; stroke: #fff; stroke-linecap: round; stroke-linejoin: round;
  stroke-dasharray: 1; animation: write 4s ease-in-out infinite; }
@keyframes write { 0% { stroke-dashoffset: 1; } 45%, 100% { stroke-dashoffset: 0; } }
@media (prefers-reduced-motion: reduce) { polyline { animation: none; } }
"""


def style() -> None:
    """Give every page the same style rules; colours follow the visitor's theme."""
    st.html(STYLE.replace("ACCENT", accent()) + shell_style.shell_style(theme_type(), ON_ACCENT[theme_type()]))
    if is_presenting():
        st.html(presentation_style(theme_type()))


def theme_type() -> str:
    """Return the visitor's theme, "light" or "dark"."""
    return st.context.theme.type or "light"


def accent() -> str:
    """Return the accent colour in the visitor's theme."""
    return ACCENT[theme_type()]


def paper() -> str:
    """Return the colour, in the visitor's theme, where a colour scale that ends in the accent colour begins."""
    return PAPER[theme_type()]


def pixel_html(image: np.ndarray, width: int, alt: str) -> str:
    """Return HTML with an image whose pixels are crisp squares.

    Args:
        image: (H, W), float in [0, 1] or uint8.
        width: px on the screen, at most.
        alt: the text for screen readers, not escaped yet.
    """
    return f'<img class="crisp" src="{data_url(image)}" alt="{html.escape(alt)}" style="width:{width}px">'


def data_url(image: np.ndarray) -> str:
    """Return an image, (H, W) float in [0, 1], or (H, W) or (H, W, 3) uint8, as the data URL of a PNG."""
    if image.dtype != np.uint8:
        image = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def probability_bars(probabilities: Sequence[float], label: int | None) -> None:
    """Show ten probabilities as bars, that of `label` in the accent colour."""
    st.html(bars_html(probabilities, label))


def bars_html(probabilities: Sequence[float], label: int | None) -> str:
    """Return the HTML that `probability_bars` shows."""
    rows = "".join(_bar(digit, probability, digit == label) for digit, probability in enumerate(probabilities))
    return f'<div role="img" data-testid="probabilities" aria-label="{bars_label(probabilities)}">{rows}</div>'


def _bar(digit: int, probability: float, is_chosen: bool) -> str:
    return (
        f'<div class="bar{" chosen" if is_chosen else ""}"><span>{digit}</span>'
        f'<div class="track"><div class="fill" style="width:{probability:.2%}"></div></div>'
        f"<span>{percent(probability)}</span></div>"
    )


def percent(probability: float, *, escaped: bool = True) -> str:
    """Return a fraction as text, see `percentage`; escaped for HTML by default."""
    text = percentage(probability)
    return html.escape(text) if escaped else text


def sentence(message: object) -> str:
    """Return an error or a message as one sentence, with a capital letter unless it begins with a file's name."""
    text = str(message).strip().removesuffix(".")
    first_word = text.split(" ", 1)[0]
    return (text[:1].upper() + text[1:] if first_word.isalpha() else text) + "."


def bars_label(probabilities: Sequence[float]) -> str:
    """Return the three highest of ten probabilities in words."""
    ranked = sorted(range(len(probabilities)), key=lambda digit: -probabilities[digit])[:3]
    return "Probabilities, highest first: " + ", ".join(f"{digit}: {probabilities[digit]:.1%}" for digit in ranked)


def pen_animation(strokes: Strokes) -> str:
    """Return the data URL of an SVG that draws the strokes again and again; it respects `prefers-reduced-motion`."""
    lines = "".join(f'<polyline pathLength="1" points="{_points(line)}"/>' for line in strokes.lines)
    side = f"{strokes.size:g}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" stroke-width="{strokes.brush:g}">'
        f"<style>{PEN_STYLE}</style>{lines}</svg>"
    )
    return svg_url(svg)


def svg_url(svg: str) -> str:
    """Return the data URL of an SVG; as an image it needs no trust, and runs no script."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def strokes_url(strokes: Sequence[Strokes], side: float, ink: str, paper: str) -> str:
    """Return the data URL of an SVG of strokes, each at its own width, on a square.

    Args:
        strokes: what to show, in px of the square.
        side: of the square, in px.
        ink: the strokes' CSS colour.
        paper: the square's CSS colour.
    """
    lines = "".join(
        f'<polyline stroke-width="{each.brush:g}" points="{_points(line)} {_points(line[-1:])}"/>'  # a dot has a length
        for each in strokes
        for line in each.lines
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side:g}" height="{side:g}" viewBox="0 0 {side:g} {side:g}">'
        f'<rect width="100%" height="100%" fill="{paper}"/>'
        f'<g fill="none" stroke="{ink}" stroke-linecap="round" stroke-linejoin="round">{lines}</g></svg>'
    )
    return svg_url(svg)


def _points(line: Polyline) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in line)


def square_url(image: np.ndarray) -> str:
    """Return the data URL of an image (H, W) float in [0, 1], centred on a black square."""
    height, width = image.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), dtype=np.float32)
    square[top : top + height, left : left + width] = image
    return data_url(square)
