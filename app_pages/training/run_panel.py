"""One run on the Train page: its state, its buttons, its figures and its views."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from app_pages.state import own_runs, resources
from app_pages.training.by_digit import render_by_digit
from app_pages.training.charts import MAX_LOSS
from app_pages.training.curves import render_curves
from app_pages.training.export import render_card
from app_pages.training.replay import render_answers
from app_pages.training.run_controls import render_controls
from app_pages.training.weights import render_weights
from mnist_core.runs.naming import as_markdown
from mnist_core.runs.run import Run, RunState

# Expected duration of the whole run in s: seconds between two refreshes. Each refresh takes 0.1 s from the runs that
# train on the same cores, and in a long run less happens per second.
REFRESH = {8: 1.0, 12: 2.0, float("inf"): 3.0}
REFRESH_ELSEWHERE = 3.0  # s, of a run that another process trains: its tables are read again each time
BADGES: dict[RunState, tuple[Literal["gray", "blue", "orange", "green", "red"], str]] = {
    RunState.QUEUED: ("gray", "schedule"),
    RunState.TRAINING: ("blue", "play_arrow"),
    RunState.PAUSED: ("orange", "pause"),
    RunState.FINISHED: ("green", "check"),
    RunState.STOPPED: ("gray", "stop"),
    RunState.FAILED: ("red", "error"),
    RunState.INTERRUPTED: ("orange", "power_off"),
    RunState.ELSEWHERE: ("blue", "terminal"),
}
VIEWS: dict[str, Callable[[Run], None]] = {
    "Curves": render_curves,
    "By digit": render_by_digit,
    "My digit": render_answers,
    "Weights": render_weights,
    "Run card": render_card,
}


def render_unknown_run() -> None:
    """Say that a link led to no run, where it did."""
    asked = own_runs.unknown_run()
    if asked is not None:
        name = f" “{as_markdown(asked)}”" if asked else ""
        st.warning(
            f"There is no run{name}: it may have been deleted, or its link is incomplete.", icon=":material/link_off:"
        )


def render_run(run: Run) -> None:
    """Show a run's state, figures and views, and refresh them while it is alive."""
    interval = refresh_interval(run)
    panel = st.fragment(_render_panel, run_every=interval)
    panel(run, interval)


def refresh_interval(run: Run) -> float | None:
    """Return the seconds between two refreshes, None for a run that has ended."""
    if run.state is RunState.ELSEWHERE:
        return REFRESH_ELSEWHERE
    if not run.state.is_alive:
        return None
    duration = run.history.last.seconds + run.history.last.seconds_left if run.history else 0.0
    return next(interval for limit, interval in REFRESH.items() if duration <= limit)


def _render_panel(run: Run, interval: float | None) -> None:
    if run.state is RunState.ELSEWHERE and resources.registry().find(run.name) is not run:
        st.rerun()  # the other process has ended it
    colour, icon = BADGES[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(as_markdown(own_runs.spoken_name(run)), anchor=False, width="content")
        st.badge(_state_in_words(run), color=colour, icon=f":material/{icon}:")
        st.space("stretch")
        render_controls(run)
    render_figures(run)
    view = st.segmented_control(
        "View", list(VIEWS), default="Curves", required=True, key="train_view", label_visibility="collapsed"
    )
    VIEWS[view or "Curves"](run)
    due = refresh_interval(run)
    if interval is not None and (due is None or due > interval):
        st.rerun()  # the whole page: to refresh less often or no longer, and to offer the trained model


def _state_in_words(run: Run) -> str:
    place = resources.registry().queue_position(run)
    return f"number {place} in the queue" if place else run.state.value


def render_figures(run: Run) -> None:
    """Show the progress, the accuracy, the loss and the speed of a run."""
    if run.state is RunState.FAILED:
        st.error(run.message)
    if run.state is RunState.INTERRUPTED:
        cause = "The server stopped during training." if run.owner else "Training was interrupted."
        st.info(run.message or f"{cause} Resume continues from the last checkpoint.")
    if run.state is RunState.STOPPED and run.message:
        st.info(run.message)
    if run.state is RunState.QUEUED and own_runs.is_mine(run):
        st.caption("Visitors take turns, and each trains one run at a time.")
    if not own_runs.is_mine(run):
        origin = "You are viewing someone else's run." if run.owner else "This run was started on the command line."
        resume = "resume, " if run.state is RunState.INTERRUPTED else ""
        st.caption(f"{origin} You can {resume}compare, download and use it.")
    if not run.history:
        words = {RunState.QUEUED: "Waiting for its turn", RunState.TRAINING: "Starting"}
        st.progress(0.0, words.get(run.state, "No steps yet"))
        return
    last = run.history.last
    left = f", about {last.seconds_left:.0f} s left" if run.state.is_alive else ""
    st.progress(last.step / last.steps, f"Step {last.step:,} of {last.steps:,}{left}")
    accuracy = run.evaluations[-1].test_accuracy if run.evaluations else None
    with st.container(horizontal=True, gap="medium"):
        st.metric("Test accuracy", "–" if accuracy is None else f"{accuracy:.2%}", width="content")
        st.metric("Loss", f"{last.loss:.3f}" if last.loss < MAX_LOSS else f"{last.loss:.0e}", width="content")
        st.metric("Images per second", f"{last.images_per_second:,.0f}", width="content")
        st.metric("Time", f"{last.seconds:.1f} s", width="content")
