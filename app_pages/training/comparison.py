"""Several runs compared: their curves in one chart, and a table of their results and differences."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app_pages.training.charts import X_AXES, Chart, line, line_chart
from mnist_core.models.config import SETTINGS
from mnist_core.runs.card import differences
from mnist_core.runs.curves import Curves, curves
from mnist_core.runs.run import Run

HEIGHT = 360  # px of the chart
PRESELECTED = 4  # runs


@dataclass(frozen=True)
class Curve:
    """A curve to compare runs by: its field of `Curves`, the factor to show it with, and the chart's title."""

    field: str
    factor: int
    title: str

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
    "Test accuracy": Curve("accuracy", 100, "Test accuracy (%)"),
    "Test loss": Curve("test_loss", 1, "Test loss (nats)"),
    "Loss, smoothed": Curve("smoothed", 1, "Loss (nats)"),
}


def render_compare(runs: Sequence[Run]) -> None:
    """Let the visitor choose runs, and show their curves in one chart and a table to sort."""
    by_name = {run.name: run for run in runs}
    with st.expander("Compare runs", icon=":material/compare_arrows:", key="train_compare"):
        names = st.multiselect("Runs", list(by_name), list(by_name)[:PRESELECTED], key="train_compared")
        with st.container(horizontal=True):
            curve = st.selectbox("Curve", list(CURVES), key="train_measure", width=200)
            axis = st.segmented_control(
                "Horizontal axis",
                list(X_AXES),
                format_func=str.capitalize,
                default="steps",
                required=True,
                key="train_compare_axis",
            )
        chosen = [by_name[name] for name in names if name in by_name]
        if not chosen:
            st.info("Choose the runs to compare.")
            return
        chart = _chart(chosen, CURVES[curve or "Test accuracy"], axis or "steps")
        st.echarts_chart(chart, key="train_compare_chart", height=HEIGHT, alt="The chosen runs compared")
        st.dataframe(_table(chosen), hide_index=True, key="train_compare_table")
        st.caption("The last columns are the settings in which these runs differ. Click a heading to sort.")


def _chart(runs: Sequence[Run], curve: Curve, axis: str) -> Chart:
    x, tables, series = X_AXES[axis].column, [], []
    for place, run in enumerate(runs):
        tables.append(curve.table(curves(run.history)))
        series.append(line(run.name, place, x, "value", showSymbol=not curve.is_per_step, lineStyle={"width": 2.5}))
    return line_chart(curve.title, axis, None, tables, series, {"type": "value", "scale": True})


def _table(runs: Sequence[Run]) -> pd.DataFrame:
    columns = {
        "Run": [run.name for run in runs],
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
