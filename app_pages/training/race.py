"""A race on the Train page: the accuracy of two runs in one chart, and how it stands in words."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.palette import DASHES, SYMBOLS, series_colours
from app_pages.state import own_runs, resources
from app_pages.state.rerun import run_again
from app_pages.training.charts import BELOW_LEGEND, Chart, line, line_chart
from mnist_core.models.config import SETTINGS, TrainConfig
from mnist_core.runs.card import differences
from mnist_core.runs.race import load_rival
from mnist_core.runs.run import Run, RunState

HEIGHT = 300  # px of the chart
REFRESH = 2.0  # s
MAX_DIFFERENCES = 2  # of the settings, in the name of a racer


@dataclass(frozen=True)
class Standing:
    """How far one of the two runs has come.

    Attributes:
        name: what the page calls it.
        state: of the run.
        seconds, accuracy: of its evaluations so far; training time in s, and a fraction of the test set.
    """

    name: str
    state: RunState
    seconds: list[float]
    accuracy: list[float]

    @property
    def in_words(self) -> str:
        """The last accuracy and its time."""
        return f"{self.accuracy[-1]:.2%} after {self.seconds[-1]:.1f} s" if self.accuracy else "no accuracy yet"


def race_of(run: Run) -> tuple[Run, Run] | None:
    """Return the two runs of a race in a fixed order, if a run is in one and its rival still exists."""
    rival = resources.registry().find(load_rival(run.folder))
    if rival is None or load_rival(rival.folder) != run.name:
        return None
    one, other = sorted((run, rival), key=lambda each: each.name)
    return one, other


def render_race(race: tuple[Run, Run]) -> None:
    """Show a race, and refresh it while one of its runs is alive."""
    interval = REFRESH if _is_on(race) else None
    st.fragment(_render_race, run_every=interval)(race, interval)


def _render_race(race: tuple[Run, Run], interval: float | None) -> None:
    for run in race:
        run.look()
    standings = [
        Standing(name, run.state, [each.seconds for each in run.evaluations], accuracies(run))
        for name, run in zip(racer_names(*(run.config for run in race)), race, strict=True)
    ]
    words = race_in_words(standings)
    with st.container(border=True, key="train_race"):
        st.header(f"{standings[0].name} against {standings[1].name}", anchor=False)
        st.html(f'<p role="status" aria-live="polite" style="font-size:1.15rem;margin:0">{html.escape(words)}</p>')
        render_chart(
            race_chart(standings, series_colours()),
            name="The race",
            finding=f"Test accuracy against training time. {words}",
            numbers=lambda: race_table(standings),
            key="train_race_chart",
            height=HEIGHT,
        )
    if interval is not None and not _is_on(race):
        run_again()  # the whole page: to refresh no longer, and to offer the trained models


def accuracies(run: Run) -> list[float]:
    """Return the test accuracy of each evaluation of a run."""
    return [each.test_accuracy or 0.0 for each in run.evaluations]


def racer_names(one: TrainConfig, other: TrainConfig) -> tuple[str, str]:
    """Return names that tell two configurations apart: their models, or else the settings in which they differ."""
    models = own_runs.MODEL_NAMES[one.model], own_runs.MODEL_NAMES[other.model]
    if models[0] != models[1]:
        return models
    different = list(differences([one, other]).items())[:MAX_DIFFERENCES]
    if not different:
        return f"{models[0]}, first", f"{models[1]}, second"
    described = [
        ", ".join(f"{SETTINGS[name].label.lower()} {_value(name, values[place])}" for name, values in different)
        for place in (0, 1)
    ]
    return f"{models[0]}, {described[0]}", f"{models[1]}, {described[1]}"


def _value(name: str, value: str | float) -> str:
    return ("yes" if value else "no") if SETTINGS[name].kind is bool else SETTINGS[name].in_words(value)


def race_in_words(standings: Sequence[Standing]) -> str:
    """Return how a race stands, or who has won it, in one or two sentences."""
    measured = [each for each in standings if each.accuracy]
    is_over = not any(each.state.is_alive for each in standings)
    if not measured:
        if is_over:
            return "The race ended before the first evaluation."
        are_waiting = all(each.state is RunState.QUEUED for each in standings)
        return "Both wait for their turn." if are_waiting else "They have started. The first results will appear soon."
    best, *others = sorted(measured, key=lambda each: (-each.accuracy[-1], each.seconds[-1]))
    if not others:
        (missing,) = (each for each in standings if each is not best)
        ended = "" if missing.state.is_alive else f", as {missing.name} {missing.state.value}"
        return f"{best.name} is ahead: {best.in_words}{ended}."
    (second,) = others
    if not is_over:
        return f"{best.name} leads: {best.in_words}. {second.name}: {second.in_words}."
    if best.accuracy[-1] == second.accuracy[-1]:
        both = f"both reached {best.accuracy[-1]:.2%}"
        return f"{best.name} wins on time: {both}, after {best.seconds[-1]:.1f} s and {second.seconds[-1]:.1f} s."
    return f"{best.name} wins: {best.in_words}. {second.name} reached {second.in_words}.{_when_passed(best, second)}"


def _when_passed(best: Standing, second: Standing) -> str:
    """Return when the winner was already as good as the other at its end, as a sentence."""
    passed = next(
        seconds for seconds, reached in zip(best.seconds, best.accuracy, strict=True) if reached >= second.accuracy[-1]
    )
    return f" It was at that level after {passed:.1f} s." if passed < best.seconds[-1] else ""


def race_table(standings: Sequence[Standing]) -> pd.DataFrame:
    """Return the numbers of `race_chart`: one row per evaluation, in the order of time."""
    rows = sorted(
        (round(seconds, 2), each.name, round(100 * accuracy, 2))
        for each in standings
        for seconds, accuracy in zip(each.seconds, each.accuracy, strict=True)
    )
    return pd.DataFrame(rows, columns=["time (s)", "run", "test accuracy (%)"])


def race_chart(standings: Sequence[Standing], colours: Sequence[str]) -> Chart:
    """Return the test accuracy of both runs against training time; the lines differ in colour, dashes and marks."""
    tables = [
        pd.DataFrame({"seconds": each.seconds, "accuracy": [100 * value for value in each.accuracy]})
        for each in standings
    ]
    series = [
        line(
            each.name,
            place,
            "seconds",
            "accuracy",
            showSymbol=True,
            symbol=SYMBOLS[place],
            symbolSize=8,
            lineStyle={"width": 2.5, "type": list(DASHES[place]) or "solid"},
        )
        for place, each in enumerate(standings)
    ]
    lowest = min([100 * value for each in standings for value in each.accuracy], default=0.0)
    y_axis = {"type": "value", "min": int(lowest // 10 * 10), "max": 100}
    return line_chart("Test accuracy (%)", "seconds", None, tables, series, y_axis) | {
        "color": list(colours)[:2],
        "grid": BELOW_LEGEND,
    }


def _is_on(race: tuple[Run, Run]) -> bool:
    return any(run.state.is_alive for run in race)
