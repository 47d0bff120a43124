"""The pictures and the numbers of a failure lab as HTML."""

import html
from collections.abc import Sequence

from app_pages.components.html import data_url
from app_pages.labs.labs_state import Outcome
from mnist_core.labs.catalog import Lab, MeasuredQuestion
from mnist_core.labs.examples import Example
from mnist_core.labs.experiment import LabResult, Mistake, Twin

STYLE = """<style>
.lab-row { display: grid; grid-template-columns: repeat(10, minmax(0, 4.2rem)); gap: .4rem; margin: .25rem 0 .9rem; }
.lab-row figure, .lab-mistakes figure { margin: 0; min-width: 0; text-align: center; }
.lab-row img, .lab-mistakes img { width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 6px;
  display: block; }
.lab-row .none { aspect-ratio: 1; border-radius: 6px; border: 2px dashed var(--accent); box-sizing: border-box; }
.lab-row figcaption, .lab-mistakes figcaption { font-size: .875rem; line-height: 1.5;
  font-variant-numeric: tabular-nums; }
.lab-row .marked { color: var(--accent); font-weight: 700; }
.lab-name { font-size: .875rem; color: var(--caption); margin: 0; }
.lab-prediction p { margin: 0 0 .3rem; font-weight: 600; }
.lab-prediction ul { list-style: none; margin: 0; padding: 0; }
.lab-prediction li { padding: .2rem 0 .2rem .8rem; margin: .25rem 0; border-left: 4px solid transparent;
  color: var(--caption); line-height: 1.4; }
.lab-prediction li.predicted { border-color: rgb(128 128 150 / .5); }
.lab-prediction li.right { border-color: var(--accent); color: inherit; font-weight: 600; }
.lab-prediction em { font-style: normal; font-weight: 400; font-size: .875rem; margin-left: .5rem;
  color: var(--caption); white-space: nowrap; }
.lab-numbers { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.lab-numbers th, .lab-numbers td { text-align: left; padding: .55rem .8rem .55rem 0; vertical-align: baseline;
  border-bottom: 1px solid rgb(128 128 150 / .25); font-weight: 400; }
.lab-numbers thead th { font-size: .875rem; color: var(--caption); padding-top: 0; }
.lab-numbers td { font-size: 1.05rem; white-space: nowrap; }
.lab-numbers td b { font-size: 1.7rem; line-height: 1.1; }
.lab-numbers .broken td b { color: var(--accent); }
.lab-mistakes { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: .5rem; max-width: 60rem; }
.lab-mistakes b { color: var(--accent); }
@media (max-width: 640px) {
  .lab-row { grid-template-columns: repeat(10, minmax(0, 1fr)); gap: .2rem; margin-bottom: .6rem; }
  .lab-row figcaption { font-size: .8rem; }
  .lab-mistakes { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .lab-numbers td b { font-size: 1.4rem; }
}
</style>"""


def row_html(name: str, examples: Sequence[Example]) -> str:
    """Return examples side by side with their labels below and a name above."""
    return f'<p class="lab-name">{html.escape(name)}</p><div class="lab-row">{"".join(map(_example, examples))}</div>'


def _example(example: Example) -> str:
    if example.image is None:
        picture = f'<div class="none" role="img" aria-label="no image of a {example.label}"></div>'
        return f'<figure>{picture}<figcaption class="marked">no {example.label}</figcaption></figure>'
    marked = ' class="marked"' if example.is_wrong else ""
    alt = f"a digit labelled {example.label}" + (", which is wrong" if example.is_wrong else "")
    picture = f'<img src="{data_url(example.image.numpy())}" alt="{alt}">'
    return f"<figure>{picture}<figcaption{marked}>{example.label}</figcaption></figure>"


def prediction_html(question: MeasuredQuestion, predicted: int, outcome: Outcome | None) -> str:
    """Return a question with its options: which one was predicted, and which one was right once that is known."""
    options = "".join(
        f"<li{_kind(place, predicted, outcome)}>{html.escape(option)}{_remark(place, predicted, outcome)}</li>"
        for place, option in enumerate(question.options)
    )
    return f'<div class="lab-prediction"><p>{html.escape(question.text)}</p><ul>{options}</ul></div>'


def _kind(place: int, predicted: int, outcome: Outcome | None) -> str:
    if outcome and place == outcome.right:
        return ' class="right"'
    return ' class="predicted"' if place == predicted else ""


def _remark(place: int, predicted: int, outcome: Outcome | None) -> str:
    remarks = ["your prediction"] if place == predicted else []
    if outcome and place == outcome.right:
        remarks.append(f"right: it is {outcome.measured:.1%}")
    return f" <em>{html.escape(', '.join(remarks))}</em>" if remarks else ""


def numbers_html(lab: Lab, strength: float, result: LabResult) -> str:
    """Return a table with a row per twin: what it reads of the test digits, and of its own training images."""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("model", "test digits read", "of its training images"))
    rows = _row("healthy", result.healthy, "") + _row(lab.name_at(strength), result.broken, ' class="broken"')
    return f'<table class="lab-numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(name: str, twin: Twin, attributes: str) -> str:
    cells = f"<td><b>{twin.accuracy:.1%}</b></td><td>{twin.own_accuracy[-1]:.1%}</td>"
    return f'<tr{attributes}><th scope="row">{html.escape(name)}</th>{cells}</tr>'


def mistakes_html(mistakes: Sequence[Mistake]) -> str:
    """Return test images that the broken twin reads wrongly, each with its label and the answer."""
    figures = "".join(
        f'<figure><img src="{data_url(each.image.numpy())}" alt="a {each.label}, read as {each.answer}">'
        f"<figcaption>{each.label} → <b>{each.answer}</b></figcaption></figure>"
        for each in mistakes
    )
    return f'<div class="lab-mistakes">{figures}</div>'
