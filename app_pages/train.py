"""Train a model in the background and watch it learn."""

import streamlit as st

from app_pages import data_panel, shared, state
from app_pages.train_compare import render_compare
from app_pages.train_form import render_form
from app_pages.train_run import render_run
from app_pages.visitor import remember
from mnist_core.config import TrainConfig
from mnist_core.run import Run, RunState


def start(config: TrainConfig) -> None:
    """Start a run, and show it from now on."""
    try:
        run = shared.registry().start(config, shared.both_splits(), state.session().visitor)
    except OSError as error:
        st.error(f"The run's folder could not be made ({error.strerror}); make {shared.RUNS.name}/ writable.")
        return
    state.choose_run(run.name)
    st.rerun()


def render_list(shown: Run | None) -> None:
    """Let the visitor choose among their runs, and point to those that a server's end interrupted."""
    runs = state.visible_runs()
    if len(runs) > 1:
        state.choose_from_list("train_run", [run.name for run in runs])
    left = [run for run in runs if run.state is RunState.INTERRUPTED and run is not shown]
    if left:
        with st.expander(f"Interrupted runs ({len(left)})", icon=":material/power_off:", key="train_interrupted"):
            st.caption("The server ended while these trained. Look at one to resume or to delete it.")
            for run in left:
                if st.button(run.name, key=f"train_look_{run.name}", width="stretch"):
                    state.choose_run(run.name)
                    st.rerun()


def render_empty() -> None:
    """Say what will be here."""
    st.info("No run yet. Press Start: the curves grow while it learns, and you may draw or browse meanwhile.")


state.heading("Train", "Choose a model and watch it learn; it goes on while you draw or browse.")
data_panel.split_or_standin("train")
form, watch = st.columns([1, 2.6], gap="large")
shown = state.shown_run()
with form:
    wanted = render_form()
    render_list(shown)
if wanted:
    start(wanted)
with watch:
    if shown:
        render_run(shown)
        if len(state.visible_runs()) > 1:
            render_compare(state.visible_runs())
    else:
        render_empty()
remember(state.session().visitor)
