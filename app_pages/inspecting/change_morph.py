"""A morph from the picture to another one, with the ten probabilities on the way."""

import streamlit as st
import torch

from app_pages.components.chart_table import render_chart
from app_pages.components.html import bars_html, percent
from app_pages.inspecting.change_charts import probability_chart, probability_table
from app_pages.inspecting.change_figures import Figure, figures_html
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.inspecting.target import choose_other
from app_pages.state import resources
from app_pages.state.computations import computed
from app_pages.state.examples import examples
from app_pages.state.widgets import shown_place, shown_value
from mnist_core.analysis.morph import FRAMES, Morph, fade, move_strokes
from mnist_core.ink.normalisation import denormalise, normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes

INTO, NUMBER, WAY, PLACE = (f"inside_change_{name}" for name in ("into", "number", "way", "place"))
EXAMPLE, TEST_IMAGE = "an example", "a test image"
STROKES, FADE = "strokes move", "fade"
STRIP = 9  # pictures
PERCENT = 100 / (FRAMES - 1)  # of the way, between two frames
HEIGHT = 290  # px of the chart


def render_morph(subject: Subject, model: InspectedModel, probabilities: list[float]) -> None:
    """Show the way from the picture to another one, and the answers on it."""
    with st.container(horizontal=True, gap="medium"):
        into = _choose("Morph into", (EXAMPLE, TEST_IMAGE), INTO)
        way = _choose("How", (STROKES, FADE), WAY)
        if into == TEST_IMAGE:
            count = len(resources.available_split("test"))
            first = int(shown_value(NUMBER, 0))
            st.number_input("Image number", 0, count - 1, first, key=NUMBER, width=152, persist_state="session")
    second, strokes, name = _other(into, probabilities)
    predictor = model.predictor
    tensors = subject.tensor, second
    morph = computed(
        "inside_morph",
        (model.key, subject.key, second.numpy().tobytes(), way),
        lambda: (
            fade(predictor.model, *tensors, temperature=predictor.temperature)
            if way == FADE
            else move_strokes(
                predictor.model,
                *tensors,
                first_strokes=subject.strokes if subject.count == 1 else None,  # of one digit alone
                second_strokes=strokes,
                temperature=predictor.temperature,
            )
        ),
        "Morphing",
    )
    if morph is None:
        return
    if way == STROKES and not morph.has_strokes:
        st.caption("No strokes could be traced in one of the pictures, so they fade.")
    _render(morph, name)


def _choose(label: str, options: tuple[str, ...], key: str) -> str:
    return str(st.selectbox(label, options, shown_place(key, options), key=key, width=152, persist_state="session"))


def _other(into: str, probabilities: list[float]) -> tuple[torch.Tensor, Strokes | None, str]:
    """Ask for the picture to morph into: its tensor, its strokes where there are any, and its name."""
    if into == EXAMPLE:
        digit = choose_other(probabilities, "Example of")
        strokes = examples()[digit]
        stages = preprocess(strokes)
        assert stages, "the examples are not blank"
        return stages.tensor, strokes, f"an example of {digit}"
    split = resources.available_split("test")
    number = int(st.session_state.get(NUMBER) or 0)
    return normalise(split.images[[number]])[0], None, f"test image {number}"


def _render(morph: Morph, name: str) -> None:
    rows = morph.probabilities.tolist()
    answers = [row.index(max(row)) for row in rows]
    pictures = denormalise(morph.pictures[:, 0]).numpy()
    strip = st.container()
    part = float(
        st.slider(
            "Part of the way (%)",
            0.0,
            100.0,
            shown_value(PLACE, 50.0),
            PERCENT,
            format="%.1f",
            key=PLACE,
            persist_state="session",
        )
    )
    here = round(part / PERCENT)
    places = [round(place * (FRAMES - 1) / (STRIP - 1)) for place in range(STRIP)]
    nearest = min(places, key=lambda place: abs(place - here))
    strip.html(
        figures_html(
            [
                Figure(
                    pictures[place],
                    f"{place * PERCENT:.0f}% of the way",
                    rows[place],
                    answers[place] != answers[0],
                    place == nearest,
                )
                for place in places
            ],
            is_strip=True,
        )
    )
    picture_area, bars_area = st.columns([1, 2.4], vertical_alignment="center")
    with picture_area:
        flipped = answers[here] != answers[0]
        st.html(figures_html([Figure(pictures[here], f"{part:.0f}% of the way", rows[here], flipped)]))
    with bars_area:
        st.html(bars_html(rows[here], answers[here]))
    st.markdown(finding(answers, rows))
    shares = [place * PERCENT for place in range(FRAMES)]
    digits = list(dict.fromkeys([answers[-1], answers[0], *answers]))[:4]
    render_chart(
        probability_chart(
            "Probabilities on the way (%)", f"part of the way to {name} (%)", shares, rows, digits, here=part
        ),
        name="Probabilities on the way",
        finding=finding(answers, rows),
        numbers=lambda: probability_table("part of the way (%)", shares, rows),
        key="inside_change_morph_chart",
        height=HEIGHT,
    )


def finding(answers: list[int], rows: list[list[float]]) -> str:
    """Return in words how the answer changes on the way."""
    changes = [place for place in range(1, len(answers)) if answers[place] != answers[place - 1]]
    if not changes:
        return f"The answer stays {answers[0]} all the way."
    steps = ", then ".join(f"{answers[place]} from {place * PERCENT:.0f}%" for place in changes)
    lowest = min(max(row) for row in rows)
    return (
        f"The answer is {answers[0]} at first, then {steps} of the way. "
        f"Where the model is least sure, its answer has {percent(lowest, escaped=False)}."
    )
