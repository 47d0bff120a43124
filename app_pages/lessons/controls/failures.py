"""Where models fail: a digit shifted and inverted with sliders, and what three models make of it."""

import functools
from collections.abc import Sequence

import pandas as pd
import streamlit as st
import torch

from app_pages.components.chart_table import render_chart
from app_pages.components.html import NARROW, percent, pixel_html
from app_pages.lessons.controls.curve_chart import Line, curve_chart
from app_pages.lessons.controls.subject import Picture, picture_and_view
from app_pages.state import resources
from app_pages.state.computations import computed
from app_pages.state.own_runs import MODEL_NAMES
from mnist_core.analysis.robustness import KINDS, Curve, Distortion, answer_curve, distort, inverted
from mnist_core.formatting import signed
from mnist_core.ink.normalisation import denormalise

RIGHT, DOWN, INVERT = "course_failures_right", "course_failures_down", "course_failures_invert"
LIMIT = 10.0  # px
STEP = 0.5  # px
TO_THE_RIGHT = next(kind for kind in KINDS if kind.field == "right")
SENTENCE = (
    "MNIST's digits are centred, and white on black. A model trusts what it has seen: shift a digit or exchange the "
    "colours, and a person still reads it. **Try it:** which of the three models bears the largest shift, and why?"
)
STYLE = f"""<style>
.fail {{ display: flex; gap: 1rem 1.6rem; align-items: center; flex-wrap: wrap; }}
.fail img {{ max-width: 36vw; }}
.fail .answers {{ display: grid; grid-template-columns: repeat(3, max-content); gap: .3rem 1.1rem;
  align-items: baseline; font-variant-numeric: tabular-nums; }}
.fail .answers b {{ font-size: 2.2rem; line-height: 1.1; }}
.fail .answers .right {{ color: var(--accent); }}
@media (max-width: {NARROW}) {{
  .fail {{ flex-wrap: nowrap; gap: .9rem; }}
  .fail .answers {{ grid-template-columns: max-content max-content minmax(0, 1fr); gap: .3rem .7rem;
    font-size: .9rem; }}
  .fail .answers b {{ font-size: 1.8rem; }}
}}
</style>"""


def render_failures() -> None:
    """Show a picture as the sliders change it, the answers of three models, and where each of them breaks."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view), view:
        st.html(STYLE)
        answers_area = st.container()
        across, along = st.columns(2, gap="medium")
        right = float(across.slider("Shift to the right (px)", -LIMIT, LIMIT, 0.0, STEP, key=RIGHT, format="%.1f"))
        down = float(along.slider("Shift down (px)", -LIMIT, LIMIT, 0.0, STEP, key=DOWN, format="%.1f"))
        is_inverted = st.toggle("Exchange black and white", key=INVERT)
        target = expected_answer(picture)
        base = inverted(picture.tensor) if is_inverted else picture.tensor
        changed = distort(base, [Distortion(right=right, down=down)])[0]
        with answers_area:
            st.html(answers_html(picture.name, changed, answers(changed), target))
        curves = _curves(picture, base, down, is_inverted=is_inverted)
        if curves:
            _render_curves(curves, target, right)


def answers(tensor: torch.Tensor) -> dict[str, list[float]]:
    """Return the ten probabilities of each shipped model for a picture, (1, 28, 28) float32, normalised."""
    predictors = {name: resources.predictor_for(name) for name in MODEL_NAMES}

    def work() -> dict[str, list[float]]:
        return {name: predictor.probabilities(tensor[None])[0].tolist() for name, predictor in predictors.items()}

    read: dict[str, list[float]] = resources.run_inference(work)
    return read


def answer_of(probabilities: Sequence[float]) -> int:
    """Return the digit with the highest of ten probabilities."""
    return max(range(len(probabilities)), key=lambda digit: probabilities[digit])


def expected_answer(picture: Picture) -> int:
    """Return the digit that a picture shows: its label, or what the best model answers while nothing is changed."""
    return answer_of(answers(picture.tensor)[resources.DEFAULT_MODEL]) if picture.label is None else picture.label


def answers_html(name: str, tensor: torch.Tensor, read: dict[str, list[float]], target: int) -> str:
    """Return the changed picture and what each model answers; the right answers are in the accent colour."""
    rows, spoken = "", []
    for model, probabilities in read.items():
        answer = answer_of(probabilities)
        is_right = answer == target
        rows += (
            f"<span>{MODEL_NAMES[model]}</span>"
            f'<b data-model="{model}" class="{"right" if is_right else ""}">{answer}</b>'
            f"<span>{percent(probabilities[answer])}{'' if is_right else f', not {target}'}</span>"
        )
        spoken.append(f"{MODEL_NAMES[model]} answers {answer}")
    picture = pixel_html(denormalise(tensor[0]).numpy(), 150, f"{name}, changed: {', '.join(spoken)}")
    return f'<div class="fail">{picture}<div class="answers">{rows}</div></div>'


def _curves(picture: Picture, base: torch.Tensor, down: float, *, is_inverted: bool) -> dict[str, Curve]:
    """Return what each model answers over the shift to the right, as far as that is computed."""
    curves = {}
    for model, name in MODEL_NAMES.items():
        predictor = resources.predictor_for(model)
        curve = computed(
            f"course_failures_{model}",
            (picture.key, down, is_inverted),
            functools.partial(
                answer_curve,
                predictor.model,
                base,
                TO_THE_RIGHT,
                Distortion(down=down),
                temperature=predictor.temperature,
            ),
            f"{name}: answering over the shift",
        )
        if curve:
            curves[model] = curve
    return curves


def _render_curves(curves: dict[str, Curve], target: int, right: float) -> None:
    places = list(MODEL_NAMES)
    lines = [Line(MODEL_NAMES[model], percents(curve, target), places.index(model)) for model, curve in curves.items()]
    render_chart(
        curve_chart(
            f"Probability of {target} (%)",
            "shift to the right (px)",
            lines,
            x_range=(-LIMIT, LIMIT),
            y_range=(0, 100),
            here=right,
        ),
        name="Probability over the shift",
        finding=finding(curves, target),
        numbers=lambda: curves_table(curves, target),
        key="course_failures_curves",
        height=320,
    )
    st.caption(finding(curves, target))


def percents(curve: Curve, target: int) -> list[tuple[float, float]]:
    """Return the probability of a digit in percent, over the amounts of a curve."""
    return list(zip(curve.amounts, (100 * curve.probabilities[:, target]).tolist(), strict=True))


def finding(curves: dict[str, Curve], target: int) -> str:
    """Return in words from where to where each model answers the right digit."""
    return " ".join(_bearing(MODEL_NAMES[model], curve, target) for model, curve in curves.items())


def _bearing(name: str, curve: Curve, target: int) -> str:
    if curve.answer != target:
        return f"{name} answers {curve.answer} even without a shift to the side."
    ends = [curve.below, curve.above]
    texts = [f"{signed(end.amount, 1)} px" if end else None for end in ends]
    if not any(texts):
        return f"{name} answers {target} all the way."
    left, right = (text or f"{signed(limit, 0)} px" for text, limit in zip(texts, (-LIMIT, LIMIT), strict=True))
    return f"{name} answers {target} from {left} to {right}."


def curves_table(curves: dict[str, Curve], target: int) -> pd.DataFrame:
    """Return the probability of a digit, a row per shift and a column per model."""
    shifts = next(iter(curves.values())).amounts
    columns = {
        f"{MODEL_NAMES[model]} (%)": [round(value, 2) for _, value in percents(curve, target)]
        for model, curve in curves.items()
    }
    return pd.DataFrame({"Shift (px)": list(shifts)} | columns)
