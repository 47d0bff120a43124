"""Several runs compared: their curves in one chart and each in a small one, and a table of results and differences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app_pages.components.chart_table import render_chart
from app_pages.components.palette import DASHES, MAX_SERIES, SYMBOLS, background, faint, series_colours
from app_pages.state import own_runs
from app_pages.training.charts import NOT_SHOWN, X_AXES, Chart, line, line_chart
from app_pages.training.findings import comparison_finding
from app_pages.training.small_multiples import Small, small_multiples
from mnist_core.models.config import SETTINGS
from mnist_core.runs.card import differences
from mnist_core.runs.curves import Curves, curves
from mnist_core.runs.run import Run

HEIGHT = 360  # px of the chart
PRESELECTED = 4  # runs
STYLE = "<style>.st-key-train_compared span[title] { color: var(--on-accent); }</style>"  # white is too pale in dark
X_UNITS = {"steps": "steps", "seconds": "s"}


@dataclass(frozen=True)
class Curve:
    """A curve to compare runs by.

    Attributes:
        field: of `Curves`.
        factor: what its values are multiplied by to be shown.
        title: of the chart, with the unit.
        unit: what follows a value in a sentence.
    """

    field: str
    factor: int
    title: str
    unit: str

    @property
    def is_per_step(self) -> bool:
        """True when it has a value at every step, not only at evaluations."""
        return self.field == "smoothed"

    def table(self, shown: Curves) -> pd.DataFrame:
        """Return its points, with columns step, seconds and value."""
        steps, seconds = (shown.step, shown.seconds) if self.is_per_step else (shown.test_step, shown.test_seconds)
        values = [self.factor * value for value in getattr(shown, self.field)]
        return pd.DataFrame({"step": steps, "seconds": seconds, "value": values})


CURVES = {
    "Test accuracy": Curve("accuracy", 100, "Test accuracy (%)", "%"),
    "Test loss": Curve("test_loss", 1, "Test loss (nats)", " nats"),
    "Loss, smoothed": Curve("smoothed", 1, "Loss (nats)", " nats"),
}


def render_compare(runs: Sequence[Run]) -> None:
    """Let the visitor choose runs, and show their curves together, each by itself, and a table to sort."""
    box = st.expander("Compare runs", icon=":material/compare_arrows:", on_change="rerun", key="train_compare")
    if not box.open:
        return
    by_name, listed = {run.name: run for run in runs}, own_runs.listed_names(runs)
    with box:
        names = st.multiselect(
            "Runs",
            list(by_name),
            list(by_name)[:PRESELECTED],
            format_func=lambda name: listed.get(name, name),
            max_selections=MAX_SERIES,
            key="train_compared",
        )
        with st.container(horizontal=True):
            measure = st.selectbox("Curve", list(CURVES), key="train_measure", width=200) or "Test accuracy"
            axis = st.segmented_control(
                "Horizontal axis",
                list(X_AXES),
                format_func=str.capitalize,
                default="steps",
                required=True,
                key="train_compare_axis",
            )
        chosen = [by_name[name] for name in names if name in by_name][:MAX_SERIES]
        if not chosen:
            st.info("Choose the runs to compare.")
            return
        _render_curves(chosen, own_runs.spoken(runs), measure, axis or "steps")
        st.dataframe(_results(chosen, own_runs.spoken(runs)), hide_index=True, key="train_compare_table")
        st.caption("The last columns are the settings in which these runs differ. Click a heading to sort.")


def _render_curves(runs: Sequence[Run], names: Mapping[str, str], measure: str, axis: str) -> None:
    curve = CURVES[measure]
    tables = {names[run.name]: curve.table(curves(run.history)) for run in runs}
    last = {name: float(table["value"].iloc[-1]) for name, table in tables.items() if len(table)}
    together, apart = st.columns([1.2, 1], gap="medium")
    with together:
        render_chart(
            comparison_chart(tables, curve, axis, series_colours()),
            name="Comparison",
            finding=comparison_finding(measure.lower(), last, curve.unit, is_higher_better=curve.factor == 100),
            numbers=lambda: pd.concat(table.assign(run=name) for name, table in tables.items()).round(4),
            key="train_compare_chart",
            height=HEIGHT,
        )
    with apart:
        smalls = [
            Small(name, _points(table, X_AXES[axis].column), colour, dash, "" if curve.is_per_step else symbol)
            for (name, table), colour, dash, symbol in zip(
                tables.items(), series_colours(), DASHES, SYMBOLS, strict=False
            )
        ]
        st.html(STYLE + small_multiples(smalls, X_UNITS[axis], curve.unit, faint(), background()))


def comparison_chart(tables: Mapping[str, pd.DataFrame], curve: Curve, axis: str, colours: Sequence[str]) -> Chart:
    """Return the curves of several runs in one chart; their colours, symbols and dashes differ.

    Args:
        tables: from the name of a run to the table of its curve, `MAX_SERIES` at most.
        curve: what they show.
        axis: one of `X_AXES`.
        colours: of the lines, in their order.
    """
    x, series = X_AXES[axis].column, []
    for place, (name, symbol, dash) in enumerate(zip(tables, SYMBOLS, DASHES, strict=False)):
        style = {"width": 2.5, "type": list(dash) or "solid"}
        marks = {"symbol": symbol, "symbolSize": 8, "showSymbol": not curve.is_per_step}
        series.append(line(name, place, x, "value", lineStyle=style, **marks))
    chart = line_chart(curve.title, axis, None, list(tables.values()), series, {"type": "value", "scale": True})
    return chart | {"color": list(colours), "legend": NOT_SHOWN}  # the small charts beside it show whose line is whose


def _points(table: pd.DataFrame, x: str) -> list[tuple[float, float]]:
    pairs = zip(table[x].tolist(), table["value"].tolist(), strict=True)
    return [(float(at), float(value)) for at, value in pairs if math.isfinite(at) and math.isfinite(value)]


def _results(runs: Sequence[Run], names: Mapping[str, str]) -> pd.DataFrame:
    columns = {
        "Run": [names[run.name] for run in runs],
        "State": [run.state.value for run in runs],
        "Test accuracy (%)": [_last_evaluation(run, "test_accuracy", 100) for run in runs],
        "Test loss (nats)": [_last_evaluation(run, "test_loss", 1) for run in runs],
        "Steps": [len(run.history) for run in runs],
        "Time (s)": [round(run.history.last.seconds, 1) if run.history else 0.0 for run in runs],
    }
    settings = differences([run.config for run in runs])
    return pd.DataFrame(columns | {SETTINGS[name].label: values for name, values in settings.items()})


def _last_evaluation(run: Run, field: str, factor: float) -> float | None:
    evaluations = run.evaluations
    return round(getattr(evaluations[-1], field) * factor, 4) if evaluations else None
