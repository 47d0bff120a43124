"""What speaks for it: how much each pixel speaks for a digit, beside the same for a network with random weights."""

import re

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_numbers
from app_pages.components.html import accent
from app_pages.components.palette import against, background, muted
from app_pages.inspecting import links
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.saliency_maps import MapView, map_view, saliency_maps
from app_pages.inspecting.target import choose_target
from app_pages.state import resources
from app_pages.state.computations import computed
from app_pages.state.inside import inside_state
from app_pages.state.widgets import shown_value
from mnist_core.analysis.attribution import (
    METHODS,
    STEPS,
    WINDOW,
    Attribution,
    attribute_beside_random,
    has_convolutions,
    rank_correlation,
)
from mnist_core.analysis.attribution_picture import Colours, attribution_npz, attribution_png
from mnist_core.constants import SIDE

METHOD_NAMES = tuple(method.name for method in METHODS.values())
SLUGS = {method.name: slug for slug, method in METHODS.items()}
TARGET, ANSWER = "inside_target", "its answer"
NOT_COMPLETE = {  # why the values of a method do not add up to the difference of the logits
    "occlusion": f"The values do not add up to the difference: a pixel lies under up to {WINDOW**2} squares.",
    "grad-cam": "The values do not add up to the difference.",
    "gradient": "The values are slopes and do not add up to the difference.",
}
MAPS, SHOWN = "inside_saliency", "inside_saliency_shown"  # the maps, and those of before while new ones are computed
RANDOM = "With random weights"


def render_saliency(subject: Subject, model: InspectedModel) -> None:
    """Show which pixels speak for a digit and which against it."""
    answer = int(resources.run_inference(lambda: model.predictor.probabilities(subject.tensor[None])[0].argmax()))
    chosen = inside_state().target
    target = answer if chosen is None else chosen
    st.markdown(question(target, answer))
    choose_target("What speaks for", ANSWER, TARGET)
    slug = choose_method()
    method = METHODS[slug]
    if method.needs_convolutions and not has_convolutions(model.predictor.model):
        st.info(f"{method.name} needs convolutions, and this model has none. Choose another method, or a CNN.")
        return
    network, tensor, config = model.predictor.model, subject.tensor, model.config
    maps_area, colours = st.container(), Colours(accent(), against(), background(), muted())
    both = computed(
        "saliency",
        (model.key, subject.key, slug, target),
        lambda: attribute_beside_random(network, config, tensor, target, slug),
        "Explaining the answer",
    )
    if both is None:
        earlier: tuple[list[MapView], Attribution] | None = st.session_state.get(SHOWN)
        if earlier:
            with maps_area:
                saliency_maps(earlier[0], earlier[1], colours, are_stale=True, key=MAPS)
        return
    explained, control = both
    maps = [map_view(explained, model.spoken_name, colours), map_view(control, RANDOM, colours)]
    with maps_area:
        saliency_maps(maps, explained, colours, key=MAPS)
    st.session_state[SHOWN] = (maps, explained)
    st.markdown(f"**{method.name}.** {method.sentence} {adding_up(explained)} :small[{method.source}]")
    st.markdown(f"**Pitfall.** {method.pitfall}")
    st.markdown(f"**Random weights.** {comparison(explained, control)}")
    render_numbers(lambda: numbers(explained, control), name="Values", key="inside_saliency_values")
    _offer_files(explained, model)


def question(target: int, answer: int) -> str:
    """Return what the view tells, and something to try."""
    if target == answer:
        about = f"Which pixels speak for the answer {target}, and which against it?"
    else:
        about = f"What would speak for {target}, and what speaks against it? The answer is {answer}."
    return f"{about} **Try it:** draw a 4 and ask what would speak for 9. Then draw that."


def choose_method() -> str:
    """Ask how to explain the answer; returns the key of one of `METHODS`."""
    chosen: str | None = st.segmented_control(
        "Method",
        METHOD_NAMES,
        default=shown_value(links.METHOD, METHOD_NAMES[0]),
        required=True,
        key=links.METHOD,
        persist_state="session",
    )
    return SLUGS[chosen or METHOD_NAMES[0]]


def adding_up(explained: Attribution) -> str:
    """Return a sentence about the target's logit and the sum of all values."""
    target, reason = explained.target, NOT_COMPLETE.get(explained.method)
    logits = (
        f"The logit of {target}, its score before the softmax, is {_number(explained.logits[target])}; for blank paper "
        f"it is {_number(explained.baseline_logits[target])}."
    )
    if reason:
        return f"{logits} {reason}"
    return (
        f"{logits} The difference is {_number(explained.difference)}, and all values add up to "
        f"{_number(explained.total)}: the same, but for the error of {STEPS} steps."
    )


def comparison(explained: Attribution, control: Attribution) -> str:
    """Return what the map of random weights tells about the other."""
    reason = (
        "What looks the same for a network that has learnt nothing comes from the picture and the method, not from "
        "what was learnt. "
    )
    signed = rank_correlation(explained.values, control.values)
    sizes = rank_correlation(abs(explained.values), abs(control.values))
    if signed is None or sizes is None:
        measured = "One of the two maps is empty here."
    elif not METHODS[explained.method].has_sign:
        measured = f"The rank correlation of the two maps is {_number(signed)}: 1 is the same order of pixels, 0 none."
    else:
        measured = (
            f"The rank correlation of the two maps is {_number(signed)}, and {_number(sizes)} without the signs: 1 is "
            "the same order of pixels, 0 none."
        )
    return f"{reason}{measured} :small[Adebayo et al., arXiv:1810.03292]"


def _number(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")


def numbers(explained: Attribution, control: Attribution) -> pd.DataFrame:
    """Return all values as a table, a pixel per row, the largest first."""
    rows = [row for row in range(1, SIDE + 1) for _ in range(SIDE)]
    table = pd.DataFrame({"Row": rows, "Column": [*range(1, SIDE + 1)] * SIDE, "Value": explained.values.ravel()})
    table[RANDOM] = control.values.ravel()
    return table.sort_values("Value", ascending=False, key=abs, kind="stable")


def _offer_files(explained: Attribution, model: InspectedModel) -> None:
    name = re.sub(r"[^\w-]+", "-", f"{model.name}-{explained.target}-{explained.method}")
    with st.container(horizontal=True):
        st.download_button(
            "Picture",
            lambda: attribution_png(explained, model.spoken_name),
            f"{name}.png",
            "image/png",
            icon=":material/download:",
            key="inside_saliency_png",
            on_click="ignore",
        )
        st.download_button(
            "Raw values (.npz)",
            lambda: attribution_npz(explained),
            f"{name}.npz",
            "application/octet-stream",
            icon=":material/download:",
            key="inside_saliency_npz",
            on_click="ignore",
        )
