"""What several pages show alike: crisp pictures of pixels, the ten probabilities, the answer in large."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

ACCENT = {"light": "#4353d6", "dark": "#8c9aff"}  # the theme's primary colours, see .streamlit/config.toml
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
.rung h4 { font-size: 1rem; margin: 0 0 .4rem; padding: 0; }
.rung .crisp { width: 100%%; aspect-ratio: 1; object-fit: contain; background: #000; }
.rung p { font-size: .85rem; line-height: 1.3; height: 3.4rem; margin: .5rem 0 .4rem; opacity: .75; }
.rung b { font-size: 1.9rem; line-height: 1; margin-right: .4rem; color: var(--accent); }
.rung span { font-size: .9rem; }
.answer { text-align: center; }
.answer b { display: block; font-size: 8.5rem; line-height: 1; color: var(--accent); }
.answer span { font-size: 1.2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4rem 1rem 2rem; }
  .answer b { font-size: 6rem; }
}
</style>"""


def style() -> None:
    """Give every page the same few rules; colours follow the visitor's theme."""
    st.html(STYLE % ACCENT[st.context.theme.type or "light"])


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
    rows = "".join(_bar(digit, probability, digit == label) for digit, probability in enumerate(probabilities))
    st.html(f'<div role="img" data-testid="probabilities" aria-label="{_spoken(probabilities)}">{rows}</div>')


def _bar(digit: int, probability: float, chosen: bool) -> str:
    return (
        f'<div class="bar{" chosen" if chosen else ""}"><span>{digit}</span>'
        f'<div class="track"><div class="fill" style="width:{probability:.2%}"></div></div>'
        f"<span>{percent(probability)}</span></div>"
    )


def percent(probability: float) -> str:
    """Return a probability as people read it: 97.3 %, and never a full 100 % or 0 % that it is not."""
    if 0 < probability < 0.001:
        return "&lt;0.1 %"
    if 0.999 < probability < 1:
        return "&gt;99.9 %"
    return f"{probability:.1%}".replace("%", " %")


def _spoken(probabilities: Sequence[float]) -> str:
    ranked = sorted(range(len(probabilities)), key=lambda digit: -probabilities[digit])[:3]
    return "Probabilities, highest first: " + ", ".join(f"{digit}: {probabilities[digit]:.1%}" for digit in ranked)


def rung(name: str, picture: np.ndarray, meaning: str, label: int, probability: float) -> None:
    """Show one stage of the ink on its way to the model, and the answer there."""
    st.html(
        f'<div class="rung"><h4>{name}</h4><img class="crisp" src="{data_url(picture)}" alt="{name}">'
        f"<p>{meaning}</p><b>{label}</b><span>{percent(probability)}</span></div>"
    )


def fitted(picture: np.ndarray) -> np.ndarray:
    """Put a picture of any shape into the middle of a black square."""
    side = max(picture.shape)
    top, left = (side - picture.shape[0]) // 2, (side - picture.shape[1]) // 2
    return np.pad(
        picture,
        ((top, side - picture.shape[0] - top), (left, side - picture.shape[1] - left)),
    )


def answer(label: str, line: str) -> None:
    """Show an answer large enough to be read from the last row, with a line under it."""
    size = "" if len(label) < 3 else f' style="font-size:{max(1.6, 14 / len(label)):.1f}rem"'
    st.html(
        f'<div class="answer" aria-live="polite"><b data-testid="answer"{size}>{html.escape(label)}</b>'
        f"<span>{line}</span></div>"
    )
