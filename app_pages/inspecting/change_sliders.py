"""Noise, shift, turn and thickness as sliders: the changed picture, its answer, and where the answer breaks."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import NARROW, bars_html, percent, pixel_html
from app_pages.inspecting.change_charts import Mark, probability_chart, probability_table
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.state import resources
from app_pages.state.computations import computed
from app_pages.state.widgets import shown_value
from mnist_core.analysis.robustness import KINDS, Break, Curve, Distortion, Kind, answer_curve, answer_curves, distort
from mnist_core.formatting import signed
from mnist_core.ink.normalisation import denormalise

OVER, RESET = "inside_change_over", "inside_change_reset"
HEIGHT = 290  # px of the chart
STYLE = f"""<style>
.st-key-inside_change_row {{ align-items: flex-start; }}
.st-key-inside_change_row > :has(> .st-key-inside_change_picture) {{ flex: 0 0 14rem; width: 14rem; }}
.st-key-inside_change_picture {{ flex: 0 0 14rem; width: 14rem; }}
.changed {{ display: grid; gap: .6rem; }}
.changed img {{ width: 100% !important; aspect-ratio: 1; border-radius: 8px; }}
.changed .bar {{ height: 1.2rem; font-size: .85rem; }}
.bears {{ display: grid; grid-template-columns: max-content 1fr max-content; gap: .45rem 1rem; align-items: center;
  max-width: 46rem; font-variant-numeric: tabular-nums; font-size: .95rem; }}
.bears .track {{ position: relative; height: .85rem; border-radius: 4px; background: rgb(128 128 150 / .16); }}
.bears .same {{ position: absolute; top: 0; bottom: 0; border-radius: 4px; background: var(--accent); }}
.bears .zero {{ position: absolute; top: -.2rem; bottom: -.2rem; width: 2px; margin-left: -1px;
  background: currentColor; opacity: .6; }}
@media (max-width: {NARROW}) {{
  .st-key-inside_change_row {{ flex-direction: column; gap: 1rem; }}
  .st-key-inside_change_row > :has(> .st-key-inside_change_picture), .st-key-inside_change_picture
    {{ flex: none; width: 100%; }}
  .changed {{ grid-template-columns: 9.5rem 1fr; gap: .2rem 1rem; }}
  .changed .picture {{ grid-row: 1 / 3; }}
  .changed .bar {{ height: .82rem; font-size: .72rem; gap: .3rem; }}
  .changed .bar > :last-child {{ width: 2.8rem; }}
  .bears {{ grid-template-columns: max-content 1fr; gap: .2rem .7rem; font-size: .85rem; }}
  .bears > :nth-child(3n) {{ grid-column: 1 / -1; margin-bottom: .4rem; opacity: .8; }}
}}
</style>"""


@dataclass(frozen=True)
class Control:
    """How the page asks for the amount of one kind of change, and writes it.

    Attributes:
        kind: what changes.
        name: of the kind, in a word or two.
        label: of the slider and the chart's axis, with the unit.
        scale: the slider's number for an amount of 1.
        step: of the slider.
        write: writes an amount with its unit.
    """

    kind: Kind
    name: str
    label: str
    scale: int
    step: float
    write: Callable[[float], str]

    @property
    def key(self) -> str:
        """The slider's key."""
        return f"inside_change_{self.kind.field}"

    @property
    def amount(self) -> float:
        """What the slider says."""
        return float(st.session_state.get(self.key, 0)) / self.scale


def _px(amount: float) -> str:
    return f"{_signed(amount, 1)} px"


def _signed(amount: float, decimals: int) -> str:
    """Return a number with a proper minus sign, and decimals only where it has some."""
    text = signed(amount, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


BY_FIELD = {kind.field: kind for kind in KINDS}
CONTROLS = (
    Control(BY_FIELD["noise"], "Noise", "Noise (% of full ink)", 100, 1, lambda amount: f"{amount:.0%}"),
    Control(BY_FIELD["right"], "Right", "Shift to the right (px)", 1, 0.5, _px),
    Control(BY_FIELD["down"], "Down", "Shift down (px)", 1, 0.5, _px),
    Control(BY_FIELD["turn"], "Turn", "Turn (degrees)", 1, 1, lambda amount: f"{_signed(amount, 0)}°"),
    Control(BY_FIELD["thickness"], "Thickness", "Thickness (px)", 1, 0.25, _px),
)
BY_NAME = {control.name: control for control in CONTROLS}
DEFAULT = "Turn"


def render_sliders(subject: Subject, model: InspectedModel, probabilities: list[float]) -> None:
    """Show the picture as the sliders change it, the answer for it, and the probabilities over one of them."""
    st.html(STYLE)
    with st.container(horizontal=True, gap="large", key="inside_change_row"):
        picture_area = st.container(key="inside_change_picture", gap="small")
        with st.container(gap="xsmall"):
            for control in CONTROLS:
                _slider(control)
            st.button("Reset", icon=":material/restart_alt:", key=RESET, on_click=_reset, type="tertiary")
    distortion = Distortion(**{control.kind.field: control.amount for control in CONTROLS})
    with picture_area:
        _render_changed(subject, model, distortion, probabilities)
    over = shown_value(OVER, DEFAULT)
    name = str(st.segmented_control("Chart over", list(BY_NAME), default=over, required=True, key=OVER) or DEFAULT)
    _render_curve(subject, model, BY_NAME[name], distortion)
    _render_bearing(subject, model)


def _slider(control: Control) -> None:
    kind, is_whole = control.kind, float(control.step).is_integer()
    number: Callable[[float], Any] = round if is_whole else float
    st.slider(
        control.label,
        number(kind.lowest * control.scale),
        number(kind.highest * control.scale),
        shown_value(control.key, number(0)),
        number(control.step),
        key=control.key,
        on_change=_moved,
        args=(control.name,),
        format="%d" if is_whole else "%.2f" if control.step < 0.5 else "%.1f",
        persist_state="session",
    )


def _moved(name: str) -> None:
    st.session_state[OVER] = name


def _reset() -> None:
    for control in CONTROLS:
        st.session_state[control.key] = 0 if float(control.step).is_integer() else 0.0


def _render_changed(subject: Subject, model: InspectedModel, distortion: Distortion, before: list[float]) -> None:
    def work() -> tuple[Any, list[float]]:
        changed = distort(subject.tensor, [distortion])
        return denormalise(changed[0, 0]).numpy(), model.predictor.probabilities(changed)[0].tolist()

    picture, probabilities = resources.run_inference(work)
    answer, first = (row.index(max(row)) for row in (probabilities, before))
    words = f"The changed picture, read as {answer} with {percent(probabilities[answer], escaped=False)}"
    same = "still" if answer == first else f"instead of {first}"
    st.html(
        f'<div class="changed"><div class="picture">{pixel_html(picture, 280, words)}</div><p class="inside-answer">'
        f'<b data-testid="disturbed-answer">{answer}</b><span>{percent(probabilities[answer])}, {same}</span></p>'
        f"{bars_html(probabilities, answer)}</div>"
    )


def _render_curve(subject: Subject, model: InspectedModel, control: Control, distortion: Distortion) -> None:
    predictor, kind, others = model.predictor, control.kind, control.kind.at(0, distortion)
    curve = computed(
        "inside_curve",
        (model.key, subject.key, kind.field, others),
        lambda: answer_curve(predictor.model, subject.tensor, kind, others, temperature=predictor.temperature),
        f"Answering over {control.name.lower()}",
    )
    if curve is None:
        return
    amounts = [amount * control.scale for amount in curve.amounts]
    st.markdown(finding(curve, control))
    rows = curve.probabilities.tolist()
    breaks = [each for each in (curve.below, curve.above) if each]
    digits = list(dict.fromkeys([curve.answer, *(each.answer for each in breaks)]))
    render_chart(
        probability_chart(
            f"Probabilities over {control.name.lower()} (%)",
            control.label,
            amounts,
            rows,
            digits,
            here=control.amount * control.scale,
            marks=[Mark(each.amount * control.scale, control.write(each.amount)) for each in breaks],
        ),
        name=f"Probabilities over {control.name.lower()}",
        finding=finding(curve, control),
        numbers=lambda: probability_table(control.label, amounts, rows),
        key="inside_change_curve",
        height=HEIGHT,
    )


def finding(curve: Curve, control: Control) -> str:
    """Return in words where an answer breaks, while the other sliders stay as they are."""
    parts = [f"at {control.write(each.amount)} it becomes {each.answer}" for each in (curve.below, curve.above) if each]
    if not parts:
        return f"{control.name}: the answer stays {curve.answer} all the way."
    return f"{control.name}: the answer is {curve.answer} without it; {' and '.join(parts)}."


def _render_bearing(subject: Subject, model: InspectedModel) -> None:
    """Show how much of each kind of change alone the picture bears."""
    predictor = model.predictor
    curves = computed(
        "inside_bearing",
        (model.key, subject.key),
        lambda: answer_curves(predictor.model, subject.tensor, temperature=predictor.temperature),
        "Trying every slider",
    )
    if curves is None:
        return
    rows = "".join(_bearing_html(control, curves[control.kind.field]) for control in CONTROLS)
    answer = next(iter(curves.values())).answer
    st.markdown(f"**How much of each alone it bears and is still read as {answer}** (in brackets: the answer beyond)")
    st.html(f'<div class="bears">{rows}</div>')


def _bearing_html(control: Control, curve: Curve) -> str:
    kind = curve.kind
    low = curve.below.amount if curve.below else kind.lowest
    high = curve.above.amount if curve.above else kind.highest
    left, right, zero = (100 * (each - kind.lowest) / (kind.highest - kind.lowest) for each in (low, high, 0.0))
    return (
        f"<span>{control.name}</span>"
        f'<div class="track" aria-hidden="true"><div class="same" style="left:{left:.1f}%;right:{100 - right:.1f}%">'
        f'</div><div class="zero" style="left:{zero:.1f}%"></div></div>'
        f"<span>{html.escape(_interval(control, curve))}</span>"
    )


def _interval(control: Control, curve: Curve) -> str:
    """Return the interval in which an answer stays, and what it becomes at its ends."""
    if not curve.below and not curve.above:
        return f"all of {control.write(control.kind.lowest)} to {control.write(control.kind.highest)}"
    ends = [
        _end(control, curve.below, control.kind.lowest) if control.kind.lowest < 0 else control.write(0.0),
        _end(control, curve.above, control.kind.highest),
    ]
    return " to ".join(ends)


def _end(control: Control, found: Break | None, limit: float) -> str:
    return f"{control.write(found.amount)} ({found.answer})" if found else f"{control.write(limit)} or more"
