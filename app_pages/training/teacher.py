"""The teacher's view of the class: every run that is alive, and any run to open."""

import pandas as pd
import streamlit as st

from app_pages.components.html import percent
from app_pages.components.teacher_log_in import render_log_in
from app_pages.state import own_runs, resources, teacher
from app_pages.state.session import session
from app_pages.training.run_controls import open_run
from mnist_core.runs.run import Run, RunState

REFRESH = 3.0  # s


def render_class() -> None:
    """Ask for the teacher's password, and show the whole class to whoever knows it; nothing where there is none."""
    if not teacher.is_teacher_possible():
        return
    if session().is_teacher:
        st.header("The class", anchor=False)
        _render_runs()
        return
    question = st.expander("For the teacher", icon=":material/school:", key="train_teacher")
    with question:
        render_log_in("train")


@st.fragment(run_every=REFRESH)
def _render_runs() -> None:
    registry = resources.registry()
    runs = registry.all_runs()
    alive = sorted((run for run in runs if run.state.is_alive), key=lambda run: _place(run))
    called = own_runs.spoken(runs)
    st.caption("Open a run to pause, stop or delete it, or to change its place in the queue.")
    if alive:
        st.dataframe(
            pd.DataFrame([_row(run, called[run.name]) for run in alive]), hide_index=True, key="train_class_table"
        )
    else:
        st.info("No run is training or waiting.")
    names = [run.name for run in [*alive, *(run for run in runs if not run.state.is_alive)]]
    states = {run.name: run.state.value for run in runs}
    chosen = st.selectbox(
        "Open a run",
        names,
        index=None,
        format_func=lambda name: f"{called.get(name, name)}, {states.get(name, 'deleted')}",
        placeholder=f"{len(names):,} runs",
        key="train_class",
    )
    if chosen:
        st.button("Open", icon=":material/open_in_new:", on_click=open_run, args=(chosen,), key="train_class_open")


def _place(run: Run) -> tuple[int, int]:
    """Return what the table is sorted by: runs that train, then those that wait in their order, then paused ones."""
    order = {RunState.TRAINING: 0, RunState.QUEUED: 1}
    return order.get(run.state, 2), resources.registry().queue_position(run)


def _row(run: Run, name: str) -> dict[str, str]:
    place = resources.registry().queue_position(run)
    last = run.history.last if run.history else None
    accuracy = run.evaluations[-1].test_accuracy if run.evaluations else None
    return {
        "Run": name,
        "State": f"number {place} in the queue" if place else run.state.value,
        "Model": own_runs.MODEL_NAMES[run.config.model],
        "Progress": percent(last.step / last.steps, escaped=False) if last else "–",
        "Test accuracy": "–" if accuracy is None else f"{accuracy:.2%}",
        "Whose": "mine" if own_runs.is_mine(run) else "a visitor's" if run.owner else "the command line's",
    }
