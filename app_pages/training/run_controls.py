"""The buttons of a run: pause, resume, stop, delete, and draw with its model."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app_pages.state import own_runs
from mnist_core.runs.run import Run, RunState

APPLIED_WITHIN = 0.6  # s to wait until a run has applied a request, before the page runs again


def render_controls(run: Run) -> None:
    """Show the buttons for a run in its present state: its owner's, and those of anybody who has its link."""
    is_mine = own_runs.is_mine(run)
    if run.state is RunState.PAUSED and is_mine:
        _request_button("Resume", "play_arrow", run, run.unpause, "train_resume")
    elif run.state is RunState.TRAINING and is_mine:
        _request_button("Pause", "pause", run, run.pause, "train_pause")
    elif run.state is RunState.INTERRUPTED:
        render_resume(run)
    if run.state.is_alive and is_mine:
        _request_button("Stop", "stop", run, run.stop, "train_stop")
    if not run.state.is_alive and run.latest_model is not None:
        render_use(run)
    if is_mine and run.state is not RunState.ELSEWHERE:
        render_delete(run)


def _request_button(label: str, icon: str, run: Run, request: Callable[[], None], key: str) -> None:
    st.button(label, icon=f":material/{icon}:", on_click=_apply, args=(run, request), key=key)


def _apply(run: Run, request: Callable[[], None]) -> None:
    """Send a request to a run and wait a moment, so that the page shows its effect at once."""
    request()
    run.wait_until_applied(APPLIED_WITHIN)


def render_resume(run: Run) -> None:
    """Offer to resume an interrupted run."""
    if st.button("Resume", icon=":material/play_arrow:", type="primary", key="train_take_up"):
        own_runs.resume_interrupted(run)
        st.rerun()


def render_use(run: Run) -> None:
    """Offer to draw with a run's model; not as the first choice where the run failed."""
    emphasis: Literal["primary", "secondary"] = "secondary" if run.state is RunState.FAILED else "primary"
    if st.button("Draw with it", icon=":material/draw:", type=emphasis, key="train_use"):
        own_runs.choose_model(run.name)
        st.switch_page("app_pages/draw.py")


def render_delete(run: Run) -> None:
    """Offer to delete a run, and ask for confirmation."""
    with st.popover("Delete", icon=":material/delete:", key="train_delete"):
        st.markdown("This deletes the run, its model and its folder.")
        if st.button("Delete for good", type="primary", key="train_delete_yes"):
            own_runs.delete_run(run)
            st.rerun()
