"""Surgery: switch off channels of the model, and see what its answer and its accuracy lose."""

import html
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components import missing_data
from app_pages.components.chart_table import render_chart, render_numbers
from app_pages.components.html import accent, percent
from app_pages.components.palette import muted
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.unit_grid import unit_grid
from app_pages.state import rankings, resources
from app_pages.state.computations import computed
from app_pages.state.inside import inside_state
from app_pages.state.widgets import show_value
from mnist_core.analysis.ablation import (
    AblatableLayer,
    AblatedUnit,
    AblationRanking,
    ConfusionChange,
    Unit,
    ablatable_layers,
    ablated,
    ablated_evaluation,
    ablation_ranking,
    confusion_changes,
    layer_of,
)
from mnist_core.analysis.unit_pictures import unit_pictures
from mnist_core.constants import CLASSES
from mnist_core.data.split import Split, fingerprint
from mnist_core.models.evaluation import Evaluation

LAYER, GRID, RANK = "inside_surgery_layer", "inside_surgery_grid", "inside_surgery_rank"  # the keys of widgets
SCOPE, ASKED = "inside_surgery_scope", "inside_surgery_asked"
THIS_LAYER, ALL_LAYERS = "This layer", "All layers"
SHOWN = 12  # units in the chart of the ranking
MOST_CHANGES = 3  # confusions that are told in words
PLURALS = {"channel": "channels", "hidden unit": "hidden units", "region": "regions"}
SENTENCES = {
    "channel": "A channel that is switched off outputs 0 everywhere, so the layers after it miss what it saw.",
    "hidden unit": "A hidden unit that is switched off outputs 0 for every image, so the ten outputs miss its vote.",
    "region": "Softmax regression has no hidden units. What can be switched off is a region of 4 × 4 pixels: the model "
    "then takes it for paper.",
}
QUESTIONS = {
    "channel": "which single channel can make the model misread your drawing?",
    "hidden unit": "how many hidden units can go before the model misreads your drawing?",
    "region": "which regions must go before the model misreads your drawing?",
}
STYLE = """<style>
.surgery { display: grid; grid-template-columns: auto 1fr auto; gap: .3rem .7rem; align-items: center;
  font-variant-numeric: tabular-nums; max-width: 34rem; margin: 0; }
.surgery .tracks { display: grid; gap: 2px; }
.surgery .tracks i { display: block; height: .42rem; border-radius: 3px; min-width: 1px;
  background: rgb(128 128 150 / .55); }
.surgery .tracks i + i { background: var(--accent); }
.surgery .numbers { text-align: right; white-space: nowrap; font-size: .9rem; }
.surgery .is-answer { font-weight: 700; }
.surgery-answer { display: flex; gap: .2rem 1.8rem; align-items: baseline; flex-wrap: wrap; margin: 0; }
.surgery-answer b { font-size: 2.6rem; line-height: 1; margin: 0 .25rem; }
.surgery-answer span:last-child b { color: var(--accent); }
.surgery-answer i { display: inline-block; width: .8rem; height: .42rem; border-radius: 3px; margin-right: .35rem;
  background: rgb(128 128 150 / .55); vertical-align: middle; }
.surgery-answer span:last-child i { background: var(--accent); }
</style>"""


def render_surgery(subject: Subject, model: InspectedModel) -> None:
    """Let the visitor switch off units, and show what that changes: the answer at once, the accuracy in a while."""
    layer = choose_layer(model)
    st.markdown(f"{SENTENCES[layer.kind]} **Try it:** {QUESTIONS[layer.kind]}")
    off = switched_off(model)
    before, after = answers(subject, model, off)
    st.html(STYLE + answers_html(before, after))
    choose_units(subject, model, layer, off)
    st.html(bars_html(before, after))
    st.header("On the test set", anchor=False)
    split = missing_data.split_or_standin("test")
    render_accuracy(model, split, off)
    st.header(f"Which {PLURALS[layer.kind]} matter most?", anchor=False)
    render_ranking(model, split, layer)


def choose_layer(model: InspectedModel) -> AblatableLayer:
    """Ask for a layer, unless the model has only one whose units can be switched off, and return it."""
    network = model.predictor.model
    layers = ablatable_layers(network)
    layer = layer_of(network, inside_state().layer)
    if len(layers) > 1:
        st.segmented_control(
            "Layer",
            [each.number for each in layers],
            format_func={each.number: name_of(each, place) for place, each in enumerate(layers, start=1)}.__getitem__,
            default=show_value(LAYER, layer.number),
            required=True,
            key=LAYER,
            on_change=_layer_chosen,
            wrap=True,
        )
    return layer


def name_of(layer: AblatableLayer, place: int) -> str:
    """Return what the page calls the layer at a place, counted from 1."""
    return f"Convolution {place}" if layer.kind == "channel" else "Hidden layer" if layer.kind != "region" else "Image"


def _layer_chosen() -> None:
    state = inside_state()
    state.layer, state.unit = st.session_state[LAYER], None


def switched_off(model: InspectedModel) -> frozenset[Unit]:
    """Return the units of a model that this visitor switched off."""
    counts = {layer.number: layer.count for layer in ablatable_layers(model.predictor.model)}
    units = inside_state().off.get(model.name, frozenset())
    return frozenset((layer, unit) for layer, unit in units if unit < counts.get(layer, 0))


def choose_units(subject: Subject, model: InspectedModel, layer: AblatableLayer, off: frozenset[Unit]) -> None:
    """Show the units of a layer as switches, and say how many are off."""
    network = model.predictor.model
    pictures = resources.run_inference(lambda: unit_pictures(ablated(network, off), layer, subject.tensor)).numpy()
    plural, others = PLURALS[layer.kind], frozenset(unit for unit in off if unit[0] != layer.number)

    def mark(units: frozenset[int]) -> None:
        inside_state().off[model.name] = others | {(layer.number, unit) for unit in units}

    unit_grid(
        pictures,
        layer.kind,
        {unit for number, unit in off if number == layer.number},
        is_switch=True,
        title=f"{plural.capitalize()} of this layer, to switch off and on",
        key=f"{GRID}_{model.name}_{layer.number}",
        on_mark=mark,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        total = sum(each.count for each in ablatable_layers(network))
        st.markdown(f"**{len(off):,} of {total:,}** {plural} switched off", width="content")
        st.button(
            "Switch off the whole layer" if layer.kind == "channel" else f"Switch off all {plural}",
            type="tertiary",
            on_click=mark,
            args=(frozenset(range(layer.count)),),
            key="inside_surgery_all",
        )
        st.button(
            "Put everything back",
            icon=":material/healing:",
            disabled=not off,
            on_click=_put_back,
            args=(model.name,),
            key="inside_surgery_back",
        )


def _put_back(name: str) -> None:
    inside_state().off.pop(name, None)


def answers(subject: Subject, model: InspectedModel, off: frozenset[Unit]) -> tuple[list[float], list[float]]:
    """Return the ten probabilities for what is looked at: of the whole model, and without what is switched off."""
    predictor = model.predictor

    def answer() -> tuple[list[float], list[float]]:
        without = replace(predictor, model=ablated(predictor.model, off))
        before, after = (each.probabilities(subject.tensor[None])[0].tolist() for each in (predictor, without))
        return before, after

    both: tuple[list[float], list[float]] = resources.run_inference(answer)
    return both


def answers_html(before: list[float], after: list[float]) -> str:
    """Return the two answers, large, each with its probability."""
    parts = [
        f"<span><i></i>{name} <b>{each.index(max(each))}</b> {percent(max(each))}</span>"
        for name, each in (("Whole model", before), ("After surgery", after))
    ]
    return f'<p class="surgery-answer">{"".join(parts)}</p>'


def bars_html(before: list[float], after: list[float]) -> str:
    """Return a pair of bars per digit, and both probabilities."""
    tops = [each.index(max(each)) for each in (before, after)]
    rows = "".join(
        f'<span class="{"is-answer" if digit in tops else ""}">{digit}</span>'
        f'<span class="tracks"><i style="width:{before[digit]:.2%}"></i><i style="width:{after[digit]:.2%}"></i></span>'
        f'<span class="numbers{" is-answer" if digit in tops else ""}">{percent(before[digit])} → '
        f"{percent(after[digit])}</span>"
        for digit in range(CLASSES)
    )
    words = (
        f"The whole model answers {tops[0]} at {percent(before[tops[0]], escaped=False)}. Without what is switched off "
        f"it answers {tops[1]} at {percent(after[tops[1]], escaped=False)}."
    )
    return f'<div class="surgery" role="img" aria-label="{html.escape(words)}">{rows}</div>'


def render_accuracy(model: InspectedModel, split: Split, off: frozenset[Unit]) -> None:
    """Show the accuracy on the test set with all units and without, and which confusions changed."""
    network = model.predictor.model
    data = fingerprint()

    def evaluation(units: frozenset[Unit]) -> Evaluation | None:
        return computed(
            "inside_surgery" if units else "inside_surgery_whole",
            (model.key, data, units),
            lambda: ablated_evaluation(network, split, units),
            f"Reading the test images {'without what is switched off' if units else 'with the whole model'}",
            is_shared=not units,
        )

    before = evaluation(frozenset())
    if before is None:
        return
    images = sum(map(sum, before.confusion))
    if not off:
        st.markdown(
            f"The whole model reads **{before.accuracy:.2%}** of {images:,} test images correctly. "
            "Switch something off and they are read again."
        )
        return
    after = evaluation(off)
    if after is None:
        return
    changes = confusion_changes(before.confusion, after.confusion)
    st.markdown(
        f"Accuracy **{before.accuracy:.2%} → {after.accuracy:.2%}** on {images:,} test images: "
        f"{difference_in_words(before, after)} {changes_in_words(changes)}"
    )
    if changes:
        render_numbers(lambda: changes_table(changes), name="Changed confusions", key="inside_surgery_changes")


def difference_in_words(before: Evaluation, after: Evaluation) -> str:
    """Return how many more or fewer images are misread after the surgery, in a sentence."""
    correct = [sum(row[label] for label, row in enumerate(each.confusion)) for each in (before, after)]
    count = correct[0] - correct[1]
    if not count:
        return "as many are misread as before."
    return f"**{abs(count):,} {'more' if count > 0 else 'fewer'}** {'is' if abs(count) == 1 else 'are'} misread."


def changes_in_words(changes: tuple[ConfusionChange, ...]) -> str:
    """Return which confusions rose most, in a sentence; "" when none rose."""
    risen = [change for change in changes if change.rise > 0][:MOST_CHANGES]
    if not risen:
        return ""
    parts = [f"{each.label} read as {each.answer} ({each.before:,} → {each.after:,})" for each in risen]
    return f"What rose most: {', '.join(parts)}."


def changes_table(changes: tuple[ConfusionChange, ...]) -> pd.DataFrame:
    """Return the confusions that changed, a row each."""
    return pd.DataFrame(
        {
            "Digit": [each.label for each in changes],
            "Read as": [each.answer for each in changes],
            "Before": [each.before for each in changes],
            "After": [each.after for each in changes],
            "Change": [each.rise for each in changes],
        }
    )


def render_ranking(model: InspectedModel, split: Split, layer: AblatableLayer) -> None:
    """Show what the accuracy is without each unit of the shown layer or of all; if it takes long, on request."""
    layers = ablatable_layers(model.predictor.model)
    scope = THIS_LAYER
    if len(layers) > 1:
        scope = st.segmented_control(
            "Rank", [THIS_LAYER, ALL_LAYERS], default=THIS_LAYER, required=True, key=SCOPE, label_visibility="collapsed"
        )
    shown = layers if scope == ALL_LAYERS else (layer,)
    ranking = find_ranking(model, split, shown)
    if ranking is None:
        return
    names = unit_names(layers, shown)
    finding = ranking_in_words(ranking, names, PLURALS[layer.kind])
    st.markdown(finding)
    render_chart(
        ranking_chart(ranking, names, layer.kind),
        name="Accuracy without each",
        finding=finding,
        numbers=lambda: ranking_table(ranking, names, layer.kind),
        key="inside_surgery_chart",
        height=80 + 24 * min(SHOWN, len(ranking.units)),
    )


def find_ranking(model: InspectedModel, split: Split, layers: tuple[AblatableLayer, ...]) -> AblationRanking | None:
    """Return the ranking of the units of some layers; None until it is computed, or until somebody asks for it."""
    kept = rankings.kept_ranking(model.name) if model.run is None and model.step is None else None
    if kept:
        return kept.of_layer(layers[0].number) if len(layers) == 1 else kept
    plural, count = PLURALS[layers[0].kind], sum(layer.count for layer in layers)
    if layers[0].kind == "channel" and not st.session_state.get(ASKED):
        st.button(
            f"Rank the {count} {plural}",
            icon=":material/leaderboard:",
            key=RANK,
            on_click=lambda: st.session_state.update({ASKED: True}),
        )
        st.caption("It switches off each of them in turn and reads the test images, which may take a minute.")
        return None
    numbers = tuple(layer.number for layer in layers)
    request: Hashable = (model.key, fingerprint(), numbers)
    ranking: AblationRanking | None = computed(
        "inside_surgery_ranking",
        request,
        lambda: ablation_ranking(model.predictor.model, split, numbers),
        f"Switching off {count} {plural} in turn",
        is_shared=True,
    )
    return ranking


def unit_names(layers: Sequence[AblatableLayer], shown: Sequence[AblatableLayer]) -> dict[Unit, str]:
    """Return what the page calls each unit of the shown layers: "channel 5", or "conv 2, channel 5" among several."""
    return {
        (layer.number, unit): f"conv {place}, {layer.kind} {unit}" if len(shown) > 1 else f"{layer.kind} {unit}"
        for place, layer in enumerate(layers, start=1)
        if layer in shown
        for unit in range(layer.count)
    }


def ranking_in_words(ranking: AblationRanking, names: Mapping[Unit, str], plural: str) -> str:
    """Return which unit matters most and how many do not matter, in two sentences.

    Args:
        ranking: of the units.
        names: what the page calls them.
        plural: what they are, such as "channels".
    """
    first = ranking.units[0]
    harmless = sum(each.accuracy >= ranking.accuracy for each in ranking.units)
    verb = "costs" if harmless == 1 else "cost"
    return (
        f"Without {names[first.layer, first.unit]} the accuracy falls from {ranking.accuracy:.2%} to "
        f"**{first.accuracy:.2%}** on {ranking.images:,} test images. {harmless:,} of {len(ranking.units):,} {plural} "
        f"{verb} nothing when switched off alone."
    )


def ranking_chart(ranking: AblationRanking, names: Mapping[Unit, str], kind: str) -> dict[str, Any]:
    """Return an ECharts chart of the accuracy that is lost without each of the units that matter most."""
    shown = ranking.units[:SHOWN][::-1]  # ECharts begins at the bottom
    return {
        "animation": False,
        "title": {"text": f"Accuracy lost without one {kind}", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 48, "top": 40, "bottom": 32, "containLabel": True},
        "xAxis": {"type": "value", "name": "percentage points", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "data": [names[each.layer, each.unit] for each in shown]},
        "color": [accent()],
        "series": [
            {
                "type": "bar",
                "data": [lost(ranking, each) for each in shown],
                "label": {"show": True, "position": "right", "color": muted()},
            }
        ],
    }


def lost(ranking: AblationRanking, unit: AblatedUnit) -> float:
    """Return how much accuracy is lost without a unit, in percentage points."""
    return round(100 * (ranking.accuracy - unit.accuracy), 2)


def ranking_table(ranking: AblationRanking, names: Mapping[Unit, str], kind: str) -> pd.DataFrame:
    """Return what each unit is worth, the most important first."""
    return pd.DataFrame(
        {
            kind.capitalize(): [names[each.layer, each.unit] for each in ranking.units],
            "Accuracy without it (%)": [round(100 * each.accuracy, 2) for each in ranking.units],
            "Lost (percentage points)": [lost(ranking, each) for each in ranking.units],
            "Cross-entropy without it (nats)": [round(each.loss, 4) for each in ranking.units],
        }
    )
