"""Train a model in the background and watch it learn."""

import streamlit as st

from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.visitor_cookie import remember
from app_pages.state import own_runs, resources
from app_pages.state.session import session
from app_pages.training.comparison import render_compare
from app_pages.training.form import render_form
from app_pages.training.run_panel import render_run
from mnist_core.models.config import TrainConfig
from mnist_core.runs.run import Run, RunState


def start(config: TrainConfig) -> None:
    """Start a run, and show it from now on."""
    try:
        run = resources.registry().start(config, resources.splits_loader(), session().visitor)
    except OSError as error:
        st.error(f"The run's folder could not be made ({error.strerror}); make {resources.RUNS.name}/ writable.")
        return
    own_runs.choose_run(run.name)
    st.rerun()


def render_list(shown: Run | None) -> None:
    """Let the visitor choose among their runs, and point to those that a server's end interrupted."""
    runs = own_runs.visible_runs()
    if len(runs) > 1:
        own_runs.choose_from_list("train_run", [run.name for run in runs])
    left = [run for run in runs if run.state is RunState.INTERRUPTED and run is not shown]
    if left:
        with st.expander(f"Interrupted runs ({len(left)})", icon=":material/power_off:", key="train_interrupted"):
            st.caption("The server ended while these trained. Look at one to resume or to delete it.")
            for run in left:
                if st.button(run.name, key=f"train_look_{run.name}", width="stretch"):
                    own_runs.choose_run(run.name)
                    st.rerun()


def render_empty() -> None:
    """Say what will be here."""
    st.info("No run yet. Press Start: the curves grow while it learns, and you may draw or browse meanwhile.")


heading("Train", "Choose a model and watch it learn; it goes on while you draw or browse.")
missing_data.split_or_standin("train")
form, watch = st.columns([1, 2.6], gap="large")
shown = own_runs.shown_run()
with form:
    wanted = render_form()
    render_list(shown)
if wanted:
    start(wanted)
with watch:
    if shown:
        render_run(shown)
        if len(own_runs.visible_runs()) > 1:
            render_compare(own_runs.visible_runs())
    else:
        render_empty()
remember(session().visitor)
