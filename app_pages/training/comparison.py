"""Several runs over each other: their curves, and a table of what tells them apart."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.training.charts import AXES, Chart, chart, line
from mnist_core.runs.card import differences
from mnist_core.runs.curves import curves
from mnist_core.runs.run import Run

HEIGHT = 360  # px of the chart
FIRST = 4  # runs that are compared unless one chooses
MEASURES = {  # what people choose: (its name among the curves, the title)
    "Test accuracy": ("accuracy", "Test accuracy (%)"),
    "Test loss": ("test_loss", "Test loss (nats)"),
    "Loss, smoothed": ("smoothed", "Loss (nats)"),
}


def render_compare(runs: Sequence[Run]) -> None:
    """Let the visitor choose runs, and show their curves over each other and a table to sort."""
    named = {run.name: run for run in runs}
    with st.expander("Compare runs", icon=":material/compare_arrows:", key="train_compare"):
        chosen = st.multiselect("Runs", list(named), list(named)[:FIRST], key="train_compared")
        with st.container(horizontal=True):
            measure = st.selectbox("Curve", list(MEASURES), key="train_measure", width=200)
            axis = st.segmented_control("Against", list(AXES), default="steps", required=True, key="train_compare_axis")
        picked = [named[name] for name in chosen if name in named]
        if not picked:
            st.info("Choose two runs or more.")
            return
        shown = _chart(picked, measure or "Test accuracy", axis or "steps")
        st.echarts_chart(shown, key="train_compare_chart", height=HEIGHT, alt="Runs over each other")
        st.dataframe(_table(picked), hide_index=True, key="train_compare_table")
        st.caption("The last columns are the fields in which these runs differ. Click a heading to sort.")


def _chart(runs: Sequence[Run], measure: str, axis: str) -> Chart:
    column, title = MEASURES[measure]
    tables, series = [], []
    for place, run in enumerate(runs):
        found, is_step = curves(run.reports[:]), column == "smoothed"
        values = [100 * value for value in found.accuracy] if column == "accuracy" else getattr(found, column)
        steps, seconds = (found.step, found.seconds) if is_step else (found.test_step, found.test_seconds)
        tables.append(pd.DataFrame({"step": steps, "seconds": seconds, "value": values}))
        series.append(line(run.name, place, AXES[axis][0], "value", showSymbol=not is_step, lineStyle={"width": 2.5}))
    return chart(title, axis, None, tables, series, {"type": "value", "scale": True})


def _table(runs: Sequence[Run]) -> pd.DataFrame:
    columns = {
        "run": [run.name for run in runs],
        "state": [run.state.value for run in runs],
        "test accuracy (%)": [_last(run, "test_accuracy", 100) for run in runs],
        "test loss": [_last(run, "test_loss", 1) for run in runs],
        "steps": [len(run.reports) for run in runs],
        "time (s)": [round(run.reports[-1].seconds, 1) if run.reports else 0.0 for run in runs],
    }
    told = differences([run.config for run in runs])
    return pd.DataFrame(columns | {name.replace("_", " "): values for name, values in told.items()})


def _last(run: Run, name: str, scale: float) -> float | None:
    evaluations = run.evaluations
    return round(getattr(evaluations[-1], name) * scale, 4) if evaluations else None
