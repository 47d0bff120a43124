"""An adversarial example beside a random change of the same size, and what other models make of both."""

import html
from dataclasses import replace

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.html import percent
from app_pages.inspecting.change_charts import lines_chart
from app_pages.inspecting.change_figures import Figure, figures_html
from app_pages.inspecting.inspected import InspectedModel, Subject
from app_pages.state import own_runs, resources
from app_pages.state.computations import computed
from app_pages.state.widgets import shown_value
from mnist_core.analysis.adversarial import GREY_LEVELS, RANDOM_CHANGES, SIZES, STEPS, Attack, attack, smallest_size
from mnist_core.ink.normalisation import denormalise

SIZE, METHOD = "inside_change_size", "inside_change_attack"
METHODS = {f"{STEPS} steps (PGD)": STEPS, "One step (FGSM)": 1}
DEFAULT_SIZE = 32  # grey levels
HEIGHT = 260  # px of the chart
SOURCES = (
    "One step is the fast gradient sign method ([arXiv:1412.6572](https://arxiv.org/abs/1412.6572)), several are "
    "projected gradient descent ([arXiv:1706.06083](https://arxiv.org/abs/1706.06083)). The random change goes up or "
    "down by the whole size at every pixel, as far as paper and ink allow."
)
STYLE = """<style>
.attacked { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; max-width: 46rem; }
.attacked th, .attacked td { text-align: left; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid
  rgb(128 128 150 / .25); font-size: .95rem; }
.attacked thead th { font-weight: 600; font-size: .85rem; opacity: .8; vertical-align: bottom; }
.attacked tbody th { font-weight: 400; }
.attacked b.flipped { color: var(--accent); }
@media (max-width: 640px) { .attacked th, .attacked td { font-size: .82rem; padding-right: .5rem; } }
</style>"""


def render_attack(subject: Subject, model: InspectedModel, probabilities: list[float]) -> None:
    """Show the picture changed on purpose and at random, by a size that the visitor chooses."""
    predictor = model.predictor
    method = str(
        st.segmented_control("Attack", list(METHODS), default=next(iter(METHODS)), required=True, key=METHOD)
        or next(iter(METHODS))
    )
    attacked = computed(
        "inside_attack",
        (model.key, subject.key, method),
        lambda: attack(predictor.model, subject.tensor, steps=METHODS[method], temperature=predictor.temperature),
        "Attacking the model",
    )
    if attacked is None:
        return
    smallest = smallest_size(attacked.sizes, attacked.probabilities, attacked.answer)
    if SIZE not in st.session_state:
        st.session_state[SIZE] = DEFAULT_SIZE if smallest is None else smallest
    size = int(
        st.select_slider(
            "Largest change of a pixel (grey levels of 255)",
            SIZES,
            shown_value(SIZE, DEFAULT_SIZE),
            key=SIZE,
            persist_state="session",
        )
    )
    place = attacked.sizes.index(size)
    _render_pictures(attacked, place, subject, probabilities)
    st.markdown(finding(attacked, place))
    _render_models(attacked, place, model)
    _render_chart(attacked, size)
    st.caption(SOURCES)


def _render_pictures(attacked: Attack, place: int, subject: Subject, before: list[float]) -> None:
    pictures = (attacked.pictures[place], attacked.random_pictures[place])
    rows = (attacked.probabilities[place].tolist(), attacked.random_probabilities[place].tolist())
    names = ("Changed on purpose", "Changed at random")
    st.html(
        figures_html(
            [
                Figure(denormalise(subject.tensor[0]).numpy(), "Before", before),
                *(
                    Figure(denormalise(picture[0]).numpy(), name, row, row.index(max(row)) != attacked.answer)
                    for picture, name, row in zip(pictures, names, rows, strict=True)
                ),
            ]
        )
    )


def finding(attacked: Attack, place: int) -> str:
    """Return in words how the attack compares with chance."""
    smallest = smallest_size(attacked.sizes, attacked.probabilities, attacked.answer)
    fooled = attacked.random_fooled[place]
    first = (
        f"No size up to {attacked.sizes[-1]} fools the model."
        if smallest is None
        else f"The attack fools the model from **{smallest} of {GREY_LEVELS} grey levels** on."
    )
    return (
        f"{first} Of {RANDOM_CHANGES} random changes by {attacked.sizes[place]} grey levels, "
        f"**{fooled or 'none'}** {'does' if fooled == 1 else 'do'}."
    )


def _render_models(attacked: Attack, place: int, model: InspectedModel) -> None:
    """Show what the shipped models answer for the same pictures."""
    seen = [(f"{model.spoken_name}, attacked", attacked)]
    for name, spoken in own_runs.MODEL_NAMES.items():
        if (model.run, model.step, model.name) != (None, None, name):
            seen.append((spoken, seen_by(name, attacked)))
    titles = ("The same pictures, read by", "on purpose", "at random", "fooled from (grey levels)")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(_row(spoken, each, place) for spoken, each in seen)
    st.html(f'{STYLE}<table class="attacked"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def seen_by(name: str, attacked: Attack) -> Attack:
    """Return an attack with what another shipped model answers for its pictures."""
    predictor = resources.predictor_for(name)

    def work() -> Attack:
        rows, random_rows = (
            predictor.probabilities(pictures) for pictures in (attacked.pictures, attacked.random_pictures)
        )
        return replace(attacked, answer=int(rows[0].argmax()), probabilities=rows, random_probabilities=random_rows)

    seen: Attack = resources.run_inference(work)
    return seen


def _row(name: str, attacked: Attack, place: int) -> str:
    cells = "".join(
        _answer(rows[place].tolist(), attacked.answer)
        for rows in (attacked.probabilities, attacked.random_probabilities)
    )
    smallest = smallest_size(attacked.sizes, attacked.probabilities, attacked.answer)
    since = f"{smallest}" if smallest is not None else "–"
    return f'<tr><th scope="row">{html.escape(name)}</th>{cells}<td>{since}</td></tr>'


def _answer(probabilities: list[float], before: int) -> str:
    answer = probabilities.index(max(probabilities))
    flipped = ' class="flipped"' if answer != before else ""
    return f"<td><b{flipped}>{answer}</b> {percent(probabilities[answer])}</td>"


def _render_chart(attacked: Attack, size: int) -> None:
    answer, sizes = attacked.answer, list(attacked.sizes)
    columns = {
        name: [100 * row[answer] for row in rows.tolist()]
        for name, rows in (
            ("on purpose", attacked.probabilities),
            ("at random", attacked.random_probabilities),
        )
    }
    on_purpose, at_random = columns.values()
    place = sizes.index(size)
    render_chart(
        lines_chart(
            f"Probability of {answer} (%)", "largest change of a pixel (grey levels)", sizes, columns, here=float(size)
        ),
        name=f"Probability of {answer}",
        finding=f"By {size} grey levels on purpose the probability of {answer} falls to {on_purpose[place]:.1f}%, "
        f"at random to {at_random[place]:.1f}%.",
        numbers=lambda: attack_table(attacked),
        key="inside_change_attack_chart",
        height=HEIGHT,
    )


def attack_table(attacked: Attack) -> pd.DataFrame:
    """Return what the model answers at each size, and how many random changes fool it."""
    answer = attacked.answer
    return pd.DataFrame(
        {
            "grey levels": list(attacked.sizes),
            "on purpose: answer": attacked.probabilities.argmax(dim=1).tolist(),
            f"on purpose: {answer} (%)": [round(100 * row[answer], 2) for row in attacked.probabilities.tolist()],
            "at random: answer": attacked.random_probabilities.argmax(dim=1).tolist(),
            f"at random: {answer} (%)": [round(100 * row[answer], 2) for row in attacked.random_probabilities.tolist()],
            f"fooled by {RANDOM_CHANGES} random changes": list(attacked.random_fooled),
        }
    )
