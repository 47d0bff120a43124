"""What code printed and drew, as HTML."""

import base64
import html
from collections.abc import Iterable

import numpy as np

from app_pages.components.html import pixel_html
from mnist_core.course.execution import Output


def text_html(printed: object) -> str:
    """Return printed text as HTML."""
    return f"<pre>{html.escape(str(printed))}</pre>"


def table_html(printed: object) -> str:
    """Return printed columns as HTML; the lines scroll instead of wrapping."""
    return f'<pre class="table" tabindex="0">{html.escape(str(printed))}</pre>'


def figure_html(image: np.ndarray, width: int, alt: str, caption: str = "") -> str:
    """Return a grey image with a caption as HTML."""
    return f"<figure>{pixel_html(image, width, alt)}{html.escape(caption)}</figure>"


def figures_html(figures: Iterable[str]) -> str:
    """Return figures side by side, four per line, as HTML."""
    return f'<div class="row">{"".join(figures)}</div>'


def recorded_html(output: Output, figure: str) -> str:
    """Return what a step's code gave when its notebook was made, as HTML.

    Args:
        output: of the step.
        figure: what its figures show, the alternative text.
    """
    urls = [f"data:image/png;base64,{base64.b64encode(picture).decode()}" for picture in output.figures]
    pictures = "".join(f'<img class="drawn" src="{url}" alt="{html.escape(figure)}">' for url in urls)
    return (table_html(output.text) if output.text else "") + pictures
