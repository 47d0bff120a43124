"""The race of a class: the runs that its pupils entered, and their scores of the challenges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.palette import DASHES, MAX_SERIES, SYMBOLS, series_colours
from app_pages.state import own_runs, resources
from app_pages.state.classes import class_store
from app_pages.state.rerun import run_again
from mnist_core.challenges.catalog import CHALLENGES
from mnist_core.challenges.scoring import Score as ChallengeScore
from mnist_core.challenges.scoring import ranked
from mnist_core.classroom.export import RunFigures
from mnist_core.classroom.records import Score
from mnist_core.runs.naming import distinct

HEIGHT = 320  # px
READABLE = 760  # px, the longest line of text
TEXT = {"fontSize": 14}
REFRESH = 3.0  # s


@dataclass(frozen=True)
class Racer:
    """A run in the race.

    Attributes:
        name: whose it is and what it trains.
        pupil: what the class calls its owner.
        model: what it trains, in words.
        state: of the run, in words.
        seconds, accuracy: of its evaluations so far; training time in s, and a fraction of the test set.
    """

    name: str
    pupil: str
    model: str
    state: str
    is_alive: bool
    seconds: tuple[float, ...]
    accuracy: tuple[float, ...]


def render_race(code: str) -> None:
    """Show the race, and refresh it while one of its runs trains; then the scores of the challenges."""
    is_on = any(racer.is_alive for racer in racers(code))
    st.fragment(_render_race, run_every=REFRESH if is_on else None)(code, is_on)
    render_scores(code)


def _render_race(code: str, is_on: bool) -> None:
    found = racers(code)
    if not found:
        st.info("No runs in the race yet. Pupils enter theirs on Train.")
        return
    st.markdown(
        "Higher and further left is better: more test images read in less training time. **Ask the class:** which "
        "model is ahead after ten seconds, and which one in the end?",
        width=READABLE,
    )
    leading = found[:MAX_SERIES]
    if any(racer.accuracy for racer in found):
        best = found[0]
        render_chart(
            race_chart(leading, series_colours()),
            name="The race",
            finding=f"Test accuracy against training time. {best.name} leads with {best.accuracy[-1]:.2%}.",
            numbers=lambda: evaluations(found),
            key="class_race_chart",
            height=HEIGHT,
        )
    st.dataframe(
        standings(found), hide_index=True, height="content" if len(found) < 13 else 480, key="class_race_table"
    )
    if is_on and not any(racer.is_alive for racer in found):
        run_again()


def racers(code: str) -> list[Racer]:
    """Return the runs in the race of a class that still exist, the best first."""
    store = class_store()
    names = {pupil.number: pupil.name for pupil in store.pupils(code)}
    runs = [(entry, resources.registry().find(entry.run)) for entry in store.entries(code)]
    called = distinct(
        {run.name: f"{names[entry.pupil]}, {own_runs.MODEL_NAMES[run.config.model]}" for entry, run in runs if run}
    )
    found = [
        Racer(
            called[run.name],
            names[entry.pupil],
            own_runs.MODEL_NAMES[run.config.model],
            run.state.value,
            run.state.is_alive,
            tuple(each.seconds for each in run.evaluations),
            tuple(each.test_accuracy or 0.0 for each in run.evaluations),
        )
        for entry, run in runs
        if run
    ]
    return sorted(found, key=lambda racer: (-racer.accuracy[-1], racer.seconds[-1]) if racer.accuracy else (1.0, 0.0))


def race_figures(code: str) -> dict[str, RunFigures]:
    """Return what the export says of the runs in the race of a class, by name."""
    figures = {}
    for entry in class_store().entries(code):
        if run := resources.registry().find(entry.run):
            last = run.evaluations[-1] if run.evaluations else None
            seconds = last.seconds if last else 0.0
            figures[run.name] = RunFigures(run.config.model, last.test_accuracy if last else None, seconds)
    return figures


def standings(found: Sequence[Racer]) -> pd.DataFrame:
    """Return a table with one row per run, the best first."""
    return pd.DataFrame(
        {
            "Pupil": [racer.pupil for racer in found],
            "Model": [racer.model for racer in found],
            "State": [racer.state for racer in found],
            "Test accuracy": [f"{racer.accuracy[-1]:.2%}" if racer.accuracy else "–" for racer in found],
            "Training time": [f"{racer.seconds[-1]:.1f} s" if racer.seconds else "–" for racer in found],
        }
    )


def evaluations(found: Sequence[Racer]) -> pd.DataFrame:
    """Return the numbers of the chart: one row per evaluation, in the order of time."""
    rows = sorted(
        (round(seconds, 2), racer.name, round(100 * accuracy, 2))
        for racer in found
        for seconds, accuracy in zip(racer.seconds, racer.accuracy, strict=True)
    )
    return pd.DataFrame(rows, columns=["time (s)", "run", "test accuracy (%)"])


def race_chart(found: Sequence[Racer], colours: Sequence[str]) -> dict[str, Any]:
    """Return test accuracy against training time, one line per run; they differ in colour, dashes and marks."""
    lowest = min((100 * value for racer in found for value in racer.accuracy), default=0.0)
    named = {"type": "value", "nameLocation": "middle", "nameTextStyle": TEXT, "axisLabel": TEXT}
    return {
        "animation": False,
        "title": {"text": "Test accuracy (%)", "left": 0, "top": 6},
        "grid": {"left": 8, "right": 24, "top": 92, "bottom": 32, "containLabel": True},
        "legend": {"type": "scroll", "left": 0, "top": 38, "padding": 0, "itemWidth": 32, "textStyle": TEXT},
        "tooltip": {"trigger": "item"},
        "xAxis": named | {"name": "training time (s)", "nameGap": 28, "min": 0},
        "yAxis": named | {"min": int(lowest // 10 * 10), "max": 100},
        "series": [
            {
                "type": "line",
                "name": racer.name,
                "data": [
                    [round(seconds, 2), round(100 * accuracy, 2)]
                    for seconds, accuracy in zip(racer.seconds, racer.accuracy, strict=True)
                ],
                "symbol": SYMBOLS[place],
                "symbolSize": 8,
                "lineStyle": {"width": 2.5, "color": colours[place], "type": list(DASHES[place]) or "solid"},
                "itemStyle": {"color": colours[place]},
            }
            for place, racer in enumerate(found)
        ],
    }


def render_scores(code: str) -> None:
    """Show the best scores of the challenges, if there are any."""
    store = class_store()
    scores = store.scores(code)
    if not scores:
        return
    names = {pupil.number: pupil.name for pupil in store.pupils(code)}
    st.subheader("Challenges", anchor=False)
    st.dataframe(score_table(scores, names), hide_index=True, key="class_score_table")


def score_table(scores: Sequence[Score], names: Mapping[int, str]) -> pd.DataFrame:
    """Return the board of each challenge, the best first.

    Args:
        scores: the pupils' bests; those of challenges that the app no longer has are left out.
        names: of the pupils, by their numbers.
    """
    rows = []
    for key, challenge in CHALLENGES.items():
        board = {each.pupil: ChallengeScore(key, each.value, each.detail) for each in scores if each.challenge == key}
        pupils = {id(score): names[pupil] for pupil, score in board.items()}
        rows += [
            (challenge.title, rank, pupils[id(score)], score.words)
            for rank, score in ranked(board.values(), lower_wins=challenge.lower_wins)
        ]
    return pd.DataFrame(rows, columns=["Challenge", "Rank", "Pupil", "Score"])
