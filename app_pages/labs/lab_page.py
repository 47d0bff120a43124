"""The failure labs: predict what a mistake does, train with it for seconds, see the result, and read why."""

import functools
from collections.abc import Hashable

import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.presentation import is_presenting
from app_pages.components.turning import choose_one
from app_pages.labs.lab_charts import finding, twins_chart, twins_table
from app_pages.labs.lab_figures import STYLE, mistakes_html, numbers_html, prediction_html, row_html
from app_pages.labs.labs_state import Outcome, labs_state
from app_pages.state import resources
from app_pages.state.computations import computed
from mnist_core.data.split import fingerprint
from mnist_core.labs.catalog import LABS, Lab
from mnist_core.labs.examples import Example, examples
from mnist_core.labs.experiment import LabResult, compare
from mnist_core.progress import Progress

LAB = "labs_lab"  # the key of the widget
PARAMETER = "lab"  # in the URL
READABLE = 760  # px, the longest line of text
HEIGHT = 320  # px of the chart
INTRODUCTION = (
    "Each lab makes one mistake on purpose. A healthy model and a broken one train side by side, in seconds. "
    "Predict first what will happen: being wrong is what you learn from."
)


def render_labs() -> None:
    """Show the failure labs, one at a time."""
    st.html(STYLE)
    if not is_presenting():
        st.markdown(INTRODUCTION, width=READABLE)
    lab = LABS[choose_one({key: each.title for key, each in LABS.items()}, "Lab", PARAMETER, LAB)]
    state, source = labs_state(), resources.available_split("train").source
    strength = state.strengths.get(lab.key, lab.default)
    st.header(lab.title, anchor=False)
    st.markdown(lab.setting, width=READABLE)
    healthy, broken = shown_examples(lab.key, strength, fingerprint())
    if broken:
        st.html(row_html("The healthy model gets:", healthy) + row_html("The broken model gets:", broken))
    if lab.key not in state.strengths:
        render_question(lab)
        return
    prediction = st.container()
    render_strengths(lab, strength)
    request = (lab.key, strength, fingerprint())
    result = computed("lab", request, lambda: begin(lab, strength), "Training two models", is_shared=True)
    if result and strength == lab.default:
        state.outcomes[lab.key] = Outcome(lab.question.decide(result), lab.question.measure(result))
    prediction.html(prediction_html(lab.question, state.predictions[lab.key], state.outcomes.get(lab.key)))
    if result:
        render_result(lab, strength, result)
        if not source.startswith("MNIST"):
            st.caption(f"These numbers are for **{source}**. The explanation was written for MNIST.")


@functools.lru_cache(maxsize=64)
def shown_examples(
    key: str,
    strength: float,
    fingerprint: Hashable,  # noqa: ARG001 - of the data, part of the cache's key
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return the examples of a lab for the data at hand."""
    return examples(*LABS[key].setups(strength, resources.available_split("train"), resources.available_split("test")))


def begin(lab: Lab, strength: float) -> Progress[LabResult]:
    """Begin to train both twins of a lab."""
    return compare(*lab.setups(strength, resources.available_split("train"), resources.available_split("test")))


def render_question(lab: Lab) -> None:
    """Ask for a prediction, and offer to run the lab once there is one."""
    options = lab.question.options
    chosen: int | None = st.radio(
        lab.question.text,
        range(len(options)),
        format_func=lambda place: options[place],
        index=None,
        key=f"labs_prediction_{lab.key}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run",
            type="primary",
            icon=":material/play_arrow:",
            disabled=chosen is None,
            key="labs_run",
            on_click=run_lab,
            args=(lab, chosen),
        )
        if chosen is None:
            st.caption("Choose what you expect. Then you can run it.")


def run_lab(lab: Lab, chosen: int) -> None:
    """Keep a prediction, and have the lab run."""
    state = labs_state()
    state.predictions[lab.key] = chosen
    state.strengths[lab.key] = lab.default


def render_result(lab: Lab, strength: float, result: LabResult) -> None:
    """Show the curves, the mistakes and the explanation."""
    chart, numbers = st.columns([3, 2], gap="large", vertical_alignment="center")
    with chart:
        render_chart(
            twins_chart(lab, strength, result),
            name="Accuracy of both models",
            finding=finding(lab, strength, result),
            numbers=lambda: twins_table(lab, strength, result),
            key="labs_chart",
            height=HEIGHT,
        )
    numbers.html(numbers_html(lab, strength, result))
    if result.mistakes:
        st.markdown(
            f"The broken model misreads **{result.mistake_count:,} of {result.test_images:,}** test digits. "
            "Here are a few: the digit, and what the model answers."
        )
        st.html(mistakes_html(result.mistakes))
    st.subheader("Why?", anchor=False)
    st.markdown(f"{lab.explanation}\n\n**Try it:** {lab.task}", width=READABLE)


def render_strengths(lab: Lab, strength: float) -> None:
    """Offer to run the lab with the mistake weaker or stronger."""
    if len(lab.strengths) == 1:
        return
    key = f"labs_strength_{lab.key}"
    st.segmented_control(
        lab.how_much,
        list(lab.strengths),
        format_func=lambda each: lab.strengths[each],
        default=strength,
        required=True,
        key=key,
        wrap=True,
        on_change=lambda: labs_state().strengths.update({lab.key: st.session_state[key]}),
    )
