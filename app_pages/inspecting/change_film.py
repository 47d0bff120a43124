"""The smallest change as a film, played in the browser: the picture, what to add and to remove, the changed picture.

The path from one picture to the other is a straight line: the browser needs only its ends and the answers on the way.
"""

import base64
from pathlib import Path

import numpy as np
import streamlit as st
import torch

from app_pages.components.html import percent
from mnist_core.analysis.counterfactual import Change

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "change_film",
    html='<div class="film"><div class="row">'
    '<figure class="before"><canvas width="28" height="28" role="img"></canvas><figcaption><span class="name">Before'
    '</span><span class="line"><b></b><span class="percent"></span></span></figcaption></figure>'
    '<span class="sign" aria-hidden="true">+</span>'
    '<figure class="change"><canvas width="28" height="28" role="img"></canvas><figcaption><span class="name">Change'
    '</span><span class="ink added"></span><span class="ink removed"></span></figcaption></figure>'
    '<span class="sign" aria-hidden="true">=</span>'
    '<figure class="after"><canvas width="28" height="28" role="img"></canvas><figcaption><span class="name">After'
    '</span><span class="line"><b data-testid="changed-answer"></b><span class="percent"></span></span></figcaption>'
    '</figure></div><div class="controls"><button type="button"></button>'
    '<input type="range" min="0" step="1" aria-label="How much of the change"><output></output></div></div>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


def change_film(change: Change, *, key: str) -> None:
    """Show a change as a film.

    Args:
        change: what to show.
        key: the widget's key.
    """
    frames = [_frame(share, row) for share, row in zip(_shares(change), change.probabilities.tolist(), strict=True)]
    _mount(
        key=key,
        data={
            "before": _bytes(change.path[0]),
            "after": _bytes(change.path[-1]),
            "frames": frames,
            "before_words": "The picture before the change",
            "change_words": f"The change: {_amount(change.added)} added and {_amount(change.removed)} removed",
            "added": f"add {_amount(change.added)}",
            "removed": f"remove {_amount(change.removed)}",
        },
    )


def _shares(change: Change) -> list[float]:
    return np.linspace(0, 1, len(change.path)).tolist()


def _frame(share: float, probabilities: list[float]) -> dict[str, str]:
    answer = probabilities.index(max(probabilities))
    text = percent(probabilities[answer], escaped=False)
    return {"answer": str(answer), "percent": text, "words": f"{share:.0%} of the change, read as {answer} with {text}"}


def _amount(ink: float) -> str:
    return f"{ink:.1f} px of ink"


def _bytes(picture: torch.Tensor) -> str:
    """Return a picture (28, 28) in [0, 1] as the base64 code of its 784 bytes."""
    return base64.b64encode((picture * 255).round().to(torch.uint8).numpy().tobytes()).decode()
