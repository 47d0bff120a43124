"""What several pages show alike: crisp pictures of pixels, the ten probabilities, the answer in large."""

import base64
import html
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from mnist_core.ink.strokes import Strokes
from mnist_core.models.evaluation import Reliability

ACCENT = {"light": "#4353d6", "dark": "#7484f8"}  # the theme's primary colours, see .streamlit/config.toml
PAPER = {"light": "#e9ebfa", "dark": "#23263c"}  # where a picture in the accent colour begins
SEEN = 200  # px, the side of what the model sees
STYLE = """<style>
:root { --accent: %s; }
[data-testid="stMainBlockContainer"] { padding-top: 4.75rem; padding-bottom: 3rem; max-width: 84rem; }
[data-testid="stHeading"] h1 { padding: 0; font-size: 2.1rem; }
.crisp { image-rendering: pixelated; display: block; border-radius: 6px; max-width: 100%%; }
.bar { display: flex; align-items: center; gap: .6rem; height: 1.6rem; font-variant-numeric: tabular-nums; }
.bar > :first-child { width: .8rem; text-align: right; }
.bar > :last-child { width: 4.4rem; text-align: right; white-space: nowrap; }
.bar .track { flex: 1; height: .85rem; border-radius: 4px; overflow: hidden; background: rgb(128 128 150 / .16); }
.bar .fill { height: 100%%; background: rgb(128 128 150 / .55); }
.bar.chosen { font-weight: 700; }
.bar.chosen .fill { background: var(--accent); }
.board { display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; }
.board h3 { font-size: 1rem; font-weight: 600; margin: 0 0 1rem; padding: 0; }
.board section:first-child { flex: 1 1 24rem; min-width: 0; }
.thought { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem 1.5rem; }
.thought > .answer { flex: 0 0 11rem; }
.thought > :last-child { flex: 1 1 15rem; min-width: 0; }
.looks { display: flex; gap: .5rem; margin-top: .5rem; }
.seen p { font-size: .85rem; max-width: 14rem; margin: .5rem 0 0; opacity: .75; }
.answer { text-align: center; }
.answer b { display: block; font-size: 8.5rem; line-height: 1; color: var(--accent); }
.answer span { font-size: 1.2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4rem 1rem 2rem; }
  .answer b { font-size: 6rem; }
  .thought > .answer { flex-basis: 100%%; }
}
</style>"""


PEN = """
polyline { fill: none; stroke: #fff; stroke-linecap: round; stroke-linejoin: round;
  stroke-dasharray: 1; animation: write 4s ease-in-out infinite; }
@keyframes write { 0% { stroke-dashoffset: 1; } 45%, 100% { stroke-dashoffset: 0; } }
@media (prefers-reduced-motion: reduce) { polyline { animation: none; } }
"""


def style() -> None:
    """Give every page the same few rules; colours follow the visitor's theme."""
    st.html(STYLE % accent())


def accent() -> str:
    """Return the one accent colour in the visitor's theme."""
    return ACCENT[st.context.theme.type or "light"]


def paper() -> str:
    """Return the colour, in the visitor's theme, where a colour scale that ends in the accent colour begins."""
    return PAPER[st.context.theme.type or "light"]


def pixel_picture(picture: np.ndarray, width: int, alt: str) -> None:
    """Show a picture (H, W), float in [0, 1] or uint8, `width` px wide at most, every pixel a crisp square."""
    st.html(pixel_html(picture, width, alt))


def pixel_html(picture: np.ndarray, width: int, alt: str) -> str:
    """Return what `pixel_picture` shows."""
    return f'<img class="crisp" src="{data_url(picture)}" alt="{html.escape(alt)}" style="width:{width}px">'


def data_url(picture: np.ndarray) -> str:
    """Return a picture (H, W), float in [0, 1] or uint8, as the URL of a PNG."""
    if picture.dtype != np.uint8:
        picture = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def probability_bars(probabilities: Sequence[float], label: int | None) -> None:
    """Show ten probabilities as bars, the label's in the accent colour."""
    st.html(bars_html(probabilities, label))


def bars_html(probabilities: Sequence[float], label: int | None) -> str:
    """Return what `probability_bars` shows."""
    rows = "".join(_bar(digit, probability, digit == label) for digit, probability in enumerate(probabilities))
    return f'<div role="img" data-testid="probabilities" aria-label="{_spoken(probabilities)}">{rows}</div>'


def _bar(digit: int, probability: float, chosen: bool) -> str:
    return (
        f'<div class="bar{" chosen" if chosen else ""}"><span>{digit}</span>'
        f'<div class="track"><div class="fill" style="width:{probability:.2%}"></div></div>'
        f"<span>{percent(probability)}</span></div>"
    )


def percent(probability: float, *, escaped: bool = True) -> str:
    """Return a probability as people read it: 97.3 %, and never a full 100 % or 0 % that it is not."""
    if 0 < probability < 0.001:
        words = "<0.1 %"
    elif probability > 0.999:  # a softmax never reaches 1, but its rounding does
        words = ">99.9 %"
    else:
        words = f"{probability:.1%}".replace("%", " %")
    return html.escape(words) if escaped else words


def _spoken(probabilities: Sequence[float]) -> str:
    ranked = sorted(range(len(probabilities)), key=lambda digit: -probabilities[digit])[:3]
    return "Probabilities, highest first: " + ", ".join(f"{digit}: {probabilities[digit]:.1%}" for digit in ranked)


def pen_animation(strokes: Strokes) -> str:
    """Return the URL of a picture that writes the strokes again and again, at rest for visitors who want no motion."""
    lines = "".join(
        f'<polyline pathLength="1" points="{" ".join(f"{x:g},{y:g}" for x, y in line)}"/>' for line in strokes.lines
    )
    side = f"{strokes.size:g}"
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" stroke-width="{strokes.brush:g}">'
        f"<style>{PEN}</style>{lines}</svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()


def square_url(picture: np.ndarray) -> str:
    """Return the URL of a picture of any shape in the middle of a black square."""
    side = max(picture.shape)
    top, left = (side - picture.shape[0]) // 2, (side - picture.shape[1]) // 2
    square = np.zeros((side, side), dtype=np.float32)
    square[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return data_url(square)


def reliability_chart(found: Reliability) -> dict[str, Any]:
    """Return an ECharts chart of accuracy against confidence, a dot a bin, its size growing with the answers in it."""
    dots = [
        {"value": [confidence * 100, accuracy * 100], "symbolSize": 8 + 3 * math.log10(count)}
        for confidence, accuracy, count in zip(found.confidence, found.accuracy, found.count, strict=True)
    ]
    axis = {"type": "value", "min": 0, "max": 100, "nameLocation": "middle"}
    return {
        "animation": False,
        "title": {"text": "Right answers against confidence", "left": 0, "top": 6},
        "grid": {"left": 48, "right": 24, "top": 48, "bottom": 48},
        "xAxis": axis | {"name": "how sure the model is (%)", "nameGap": 28},
        "yAxis": axis | {"name": "how often it is right (%)", "nameGap": 36},
        "series": [
            {"type": "line", "data": [[0, 0], [100, 100]], "showSymbol": False, "lineStyle": {"type": "dashed"}},
            {"type": "scatter", "data": dots},
        ],
    }


def answer_board(
    answer: str, line: str, probabilities: Sequence[float], label: int | None, seen: np.ndarray, looks: np.ndarray
) -> str:
    """Return HTML with an answer large enough for the last row, a line under it, its bars, and what the model sees.

    Args:
        answer, line: what stands there.
        probabilities, label: see `bars_html`.
        seen: the digit, (28, 28) in [0, 1].
        looks: all that the model looks at, (n, 28, 28); one picture is not shown again.
    """
    size = "" if len(answer) < 3 else f' style="font-size:{max(1.6, 14 / len(answer)):.1f}rem"'
    return (
        '<div class="board"><section><h3>What the model thinks</h3><div class="thought">'
        f'<div class="answer" aria-live="polite"><b data-testid="answer"{size}>{html.escape(answer)}</b>'
        f"<span>{line}</span></div>{bars_html(probabilities, label)}</div></section>"
        f'<section class="seen"><h3>What the model sees</h3>'
        f"{pixel_html(seen, SEEN, 'the digit, 28 x 28 grey pixels')}"
        f"{_looks(looks)}</section></div>"
    )


def _looks(looks: np.ndarray) -> str:
    words = "28 x 28 grey pixels, made from your ink the way MNIST's were."
    if len(looks) < 2:
        return f"<p>{words}</p>"
    width = (SEEN - 8 * (len(looks) - 1)) // len(looks)
    tiles = "".join(pixel_html(look, width, f"look {place}") for place, look in enumerate(looks, start=1))
    return f'<div class="looks">{tiles}</div><p>{words} It looks {len(looks)} times, turned a little each time.</p>'
