"""The answer, large enough for the last row of a classroom, its ten probabilities and the model's input.

One component shows all of it, for one model or for two, because every stroke changes it. While an example writes itself
on the canvas, it shows what the model makes of the example so far, see `canvas_controls`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from app_pages.components.html import bars_label, percent

ANSWER, DOUBT, BLANK = "answer", "doubt", "blank"  # the tones

_FILE = Path(__file__)
_mount = st.components.v2.component(
    "answer_panel",
    html='<div class="panel"><div class="models"></div><section class="input"><h2>What the model sees</h2>'
    '<img class="picture" alt=""><div class="caption"><div class="views"></div><p></p></div></section></div>',
    css=_FILE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class DigitView:
    """What one model says about one digit: its label, and ten probabilities in [0, 1]."""

    label: str
    probabilities: Sequence[float]
    percents: Sequence[str] = field(init=False)
    description: str = field(init=False)

    def __post_init__(self) -> None:
        texts = [percent(probability, escaped=False) for probability in self.probabilities]
        object.__setattr__(self, "percents", texts)
        object.__setattr__(self, "description", bars_label(self.probabilities))


@dataclass(frozen=True)
class ModelView:
    """What one model says.

    Attributes:
        name: the heading, such as the model's name.
        tone: `ANSWER`, `DOUBT` when the ink is probably no digit, or `BLANK` when there is none.
        comment: shown below the answer, or in doubt instead of it, before the closest digit.
        digits: from left to right; empty when there are none.
        answer: shown instead of digits when there are none.
        before: words before the digit.
    """

    name: str
    tone: str
    comment: str
    digits: Sequence[DigitView] = ()
    answer: str = "?"
    before: str = ""


@dataclass(frozen=True)
class InputView:
    """A model's input: the URL of its picture, those of the views that a model averages over, and a caption."""

    image: str
    views: Sequence[str]
    caption: str


@dataclass(frozen=True)
class PanelView:
    """What the panel shows at one moment: one or two models, and the input for each digit."""

    models: Sequence[ModelView]
    inputs: Sequence[InputView] = ()


def answer_panel(
    view: PanelView,
    *,
    place: int = 0,
    frames: Sequence[PanelView] = (),
    blank: PanelView | None = None,
    shows_input: bool = True,
    key: str,
    on_place: Callable[[], None] = lambda: None,
) -> None:
    """Show the answers of one or two models.

    Args:
        view: what to show.
        place: which of several digits is shown in detail, from 0.
        frames: what to show instead while the example on the canvas has been written up to the part of that number.
        blank: what to show from the first touch of the canvas until there is an answer.
        shows_input: False to leave the model's input out.
        key: the widget's key; `st.session_state[key].place` is the place that the visitor chose.
        on_place: called when they chose another, before the page runs again.
    """
    data: dict[str, Any] = asdict(view) | {
        "place": place,
        "shows_input": shows_input,
        "frames": [asdict(each) for each in frames],
        "blank": asdict(blank) if blank else None,
    }
    _mount(key=key, data=data, on_place_change=on_place)
