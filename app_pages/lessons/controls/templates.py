"""The ten templates of the linear model over a picture: image times template, summed, makes ten probabilities."""

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_numbers
from app_pages.components.unit_panel import SharesView, SumView, unit_panel
from app_pages.components.unit_views import shares_view, sum_view
from app_pages.lessons.controls.subject import picture_and_view
from app_pages.state import resources
from mnist_core.analysis.activations import Flow, trace
from mnist_core.analysis.unit import Explanation, Shared, Weighted, explain_unit
from mnist_core.constants import CLASSES
from mnist_core.recognition.predictor import Predictor

MODEL = "linear"
ALL = "All ten"
CHOSEN, PANEL = "course_templates_digit", "course_templates_panel"
SENTENCE = (
    "The linear model lays one template per digit over the picture. Blue products speak for the digit, orange ones "
    "against it; their sum and a bias make its logit. **Try it:** which stroke would turn this digit into another? "
    "Draw it, and watch the sums."
)


def render_templates() -> None:
    """Show a picture times each template, the ten sums, and the ten probabilities; or one of the sums in full."""
    st.markdown(SENTENCE)
    with picture_and_view() as (picture, view):
        predictor = resources.predictor_for(MODEL)
        # NOTE: without the temperature, which the course does not speak of: the softmax is that of the logits.
        flow: Flow = resources.run_inference(lambda: trace(predictor.model, picture.tensor))
        with view:
            chosen = st.pills(
                "Show", [ALL, *map(str, range(CLASSES))], default=ALL, required=True, key=CHOSEN, width="stretch"
            )
            _render_panel(flow, predictor, str(chosen))
            render_numbers(lambda: sums_table(flow), name="The ten sums", key="course_templates")


def _render_panel(flow: Flow, predictor: Predictor, chosen: str) -> None:
    layer = len(predictor.model) - (chosen != ALL)
    digit = int(flow.stage(layer).of_look(0).argmax()) if chosen == ALL else int(chosen)
    explanation: Explanation = resources.run_inference(lambda: explain_unit(flow, layer, (digit,)))
    view, title = panel_of(flow, explanation)
    unit_panel(view, layer=layer, title=title, key=PANEL, on_unit=_row_chosen)


def panel_of(flow: Flow, explanation: Explanation) -> tuple[SharesView | SumView, str]:
    """Return what the panel shows of all ten sums or of one of them, and its title."""
    step = explanation.steps[0]
    if isinstance(step, Shared):
        return shares_view(flow, step), "Ten sums, ten probabilities"
    assert isinstance(step, Weighted), "a logit of the linear model is a weighted sum"
    return sum_view(explanation, step), f"The sum for {explanation.unit[0]}"


def sums_table(flow: Flow) -> pd.DataFrame:
    """Return a row per digit: the products for it and against it, its bias, its logit and its probability."""
    logits = len(flow.model) - 1
    steps = [explain_unit(flow, logits, (digit,)).steps[0] for digit in range(CLASSES)]
    sums = [step for step in steps if isinstance(step, Weighted)]
    return pd.DataFrame(
        {
            "Digit": list(range(CLASSES)),
            "For it": [round(float(step.products.clamp(min=0).sum()), 4) for step in sums],
            "Against it": [round(float(step.products.clamp(max=0).sum()), 4) for step in sums],
            "Bias": [round(step.bias, 4) for step in sums],
            "Logit": [round(step.value, 4) for step in sums],
            "Probability (%)": [round(100 * float(each), 2) for each in flow.stage(logits + 1).of_look(0)],
        }
    )


def _row_chosen() -> None:
    match st.session_state[PANEL].unit:
        case {"unit": [int(digit)]} if 0 <= digit < CLASSES:
            st.session_state[CHOSEN] = str(digit)
