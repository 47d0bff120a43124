"""Pictures side by side, each with the model's answer below it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app_pages.components.html import data_url, percent

STYLE = """<style>
.change-figures { display: grid; grid-template-columns: repeat(var(--count), minmax(0, 13rem)); gap: 1rem;
  margin-bottom: .4rem; }
.change-figures figure { margin: 0; min-width: 0; }
.change-figures img { width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 8px; display: block;
  background: #000; }
.change-figures figcaption { font-size: .875rem; line-height: 1.35; margin-top: .45rem; }
.change-figures .line { display: flex; align-items: baseline; gap: .5rem; font-variant-numeric: tabular-nums;
  font-size: 1rem; }
.change-figures b { font-size: 1.9rem; line-height: 1.2; }
.change-figures b.flipped { color: var(--accent); }
.change-figures.strip { gap: .35rem; grid-template-columns: repeat(var(--count), minmax(0, 5.2rem)); }
.change-figures.strip img { border-radius: 5px; }
.change-figures.strip b { font-size: 1.15rem; }
.change-figures.strip figcaption { margin-top: .15rem; text-align: center; }
.change-figures.strip .line { justify-content: center; }
.change-figures.strip .here img { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 640px) {
  .change-figures { gap: .5rem; }
  .change-figures figcaption { font-size: .8rem; }
  .change-figures b { font-size: 1.4rem; }
  .change-figures .line { font-size: .85rem; gap: .3rem; flex-wrap: wrap; }
  .change-figures.strip { gap: .15rem; }
  .change-figures.strip b { font-size: .95rem; }
}
</style>"""


@dataclass(frozen=True)
class Figure:
    """A picture with what a model answers for it.

    Attributes:
        picture: (28, 28) float in [0, 1].
        name: below it.
        probabilities: ten.
        is_flipped: whether the answer is another one than for the picture that the visitor looks at.
        is_here: whether a strip outlines it.
    """

    picture: np.ndarray
    name: str
    probabilities: Sequence[float]
    is_flipped: bool = False
    is_here: bool = False


def figures_html(figures: Sequence[Figure], *, is_strip: bool = False) -> str:
    """Return pictures side by side, for a page with `STYLE`; a strip has small ones, without names and percentages."""
    shown = "".join(_figure(each, is_strip) for each in figures)
    kind = "change-figures strip" if is_strip else "change-figures"
    return f'<div class="{kind}" style="--count:{len(figures)}">{shown}</div>'


def _figure(figure: Figure, is_strip: bool) -> str:
    probabilities = figure.probabilities
    answer = max(range(len(probabilities)), key=lambda digit: probabilities[digit])
    sure = percent(probabilities[answer], escaped=False)
    alt = html.escape(f"{figure.name}: read as {answer} with {sure}")
    here = ' class="here"' if figure.is_here else ""
    flipped = ' class="flipped"' if figure.is_flipped else ""
    text = "" if is_strip else f"<span>{html.escape(sure)}</span>"
    name = "" if is_strip else html.escape(figure.name)
    return (
        f'<figure{here}><img src="{data_url(figure.picture)}" alt="{alt}"><figcaption>{name}'
        f'<span class="line"><b{flipped}>{answer}</b>{text}</span></figcaption></figure>'
    )
