"""One run on the Train page: its state, its buttons, its figures and its views."""

import time
from collections.abc import Callable
from math import inf
from typing import Literal

import streamlit as st

from app_pages.components.announcer import announce
from app_pages.state import own_runs, resources
from app_pages.state.rerun import run_again
from app_pages.state.session import session
from app_pages.training.by_digit import render_by_digit
from app_pages.training.charts import MAX_LOSS
from app_pages.training.curves import choose_axis, render_curves, render_rate
from app_pages.training.export import render_card
from app_pages.training.figures import figures_html
from app_pages.training.findings import end_sentence, progress_sentence
from app_pages.training.replay import render_answers
from app_pages.training.run_controls import render_controls
from app_pages.training.weights import render_weights
from mnist_core.runs.naming import as_markdown
from mnist_core.runs.registry import CORES
from mnist_core.runs.run import Run, RunState

# Seconds between two refreshes, by the expected duration of the whole run in s: in a long one less happens per second.
# A refresh takes the browser and the server together about 0.1 s. With two cores or fewer all of it is the training's,
# which uses every core, so that there are fewer. A change of the interval takes another page, so that there are few.
REFRESH = {60: 1.0, inf: 3.0} if CORES > 2 else {10: 2.0, inf: 3.0}
STARTS_WITHIN = 0.3  # s in which a run that need not wait for its turn leaves the queue
JUST_STARTED = 3.0  # s
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
    """Show a run's state, figures and views, and refresh what changes while it is alive."""
    st.fragment(_render_panel)(run, refresh_interval(run))


def refresh_interval(run: Run) -> float | None:
    """Return the seconds between two refreshes, None for a run that has ended."""
    if run.state is RunState.ELSEWHERE:
        return REFRESH_ELSEWHERE
    if not run.state.is_alive:
        return None
    duration = run.history.last.seconds + run.history.last.seconds_left if run.history else 0.0
    return next(interval for limit, interval in REFRESH.items() if duration <= limit)


def _wait_until_started(run: Run) -> None:
    """Wait a moment for a run that was started just now, so that the page need not run again to show that it trains."""
    deadline = time.monotonic() + STARTS_WITHIN
    while run.state is RunState.QUEUED and time.time() - run.started_at < JUST_STARTED and time.monotonic() < deadline:
        time.sleep(0.01)


def _render_panel(run: Run, interval: float | None) -> None:
    """Show what stays as it is between two changes of the run's state, around what is refreshed."""
    _wait_until_started(run)
    colour, icon = BADGES[run.state]
    state = _state_in_words(run)
    with st.container(horizontal=True, vertical_alignment="center", key="train_head"):
        st.header(as_markdown(own_runs.spoken_name(run)), anchor=False, width="content")
        st.badge(state, color=colour, icon=f":material/{icon}:")
        st.space("stretch")
        render_controls(run)
    render_messages(run)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        view = st.segmented_control(
            "View", list(VIEWS), default="Curves", required=True, key="train_view", label_visibility="collapsed"
        )
        if view == "Curves":
            choose_axis(run)
    st.fragment(_render_live, run_every=interval)(run, interval, state, view or "Curves")
    if view == "Curves":
        render_rate(run)


def _render_live(run: Run, interval: float | None, shown_state: str, view: str) -> None:
    """Show what changes while the run trains: as little as possible, because every refresh takes time from it."""
    run.look()
    has_ended_elsewhere = run.state is RunState.ELSEWHERE and resources.registry().find(run.name) is not run
    due = refresh_interval(run)
    is_slower = interval is not None and (due is None or due > interval)
    if has_ended_elsewhere or _state_in_words(run) != shown_state or is_slower:
        run_again()  # the whole page: other buttons, another badge, and the trained model in the lists
    render_figures(run)
    VIEWS[view](run)
    _announce(run)


def _announce(run: Run) -> None:
    if not run.history:
        return
    last, accuracy = run.history.last, _accuracy(run)
    is_final = not run.state.is_alive and run.state is not RunState.ELSEWHERE
    if is_final:
        text = end_sentence(run.state.value, last.seconds, accuracy)
    else:
        text = progress_sentence(last.step, last.steps, accuracy)
    is_news = run.name in session().started_runs
    announce(text, subject=run.name, is_final=is_final, is_news=is_news, key="train_announcer")


def _accuracy(run: Run) -> float | None:
    return run.evaluations[-1].test_accuracy if run.evaluations else None


def _state_in_words(run: Run) -> str:
    place = resources.registry().queue_position(run)
    return f"number {place} in the queue" if place else run.state.value


def render_messages(run: Run) -> None:
    """Say what has happened to a run, whose it is, and what can be done."""
    if run.state is RunState.FAILED:
        st.error(run.message)
    if run.state is RunState.INTERRUPTED:
        cause = "The server stopped during training." if run.owner else "Training was interrupted."
        st.info(run.message or f"{cause} Resume continues from the last checkpoint.")
    if run.state is RunState.STOPPED and run.message:
        st.info(run.message)
    if run.origin:
        st.caption(as_markdown(run.origin))
    if run.state is RunState.QUEUED and own_runs.is_mine(run):
        st.caption("Visitors take turns, and each trains one run at a time.")
    if not own_runs.is_mine(run):
        origin = "You are viewing someone else's run." if run.owner else "This run was started on the command line."
        resume = "resume, " if run.state is RunState.INTERRUPTED else ""
        st.caption(f"{origin} You can {resume}compare, download and use it.")


def render_figures(run: Run) -> None:
    """Show the progress, the accuracy, the loss and the speed of a run."""
    if not run.history:
        words = {RunState.QUEUED: "Waiting for its turn", RunState.TRAINING: "Starting"}
        st.html(figures_html(words.get(run.state, "No steps yet"), 0.0, {}))
        return
    last, accuracy = run.history.last, _accuracy(run)
    left = f", about {last.seconds_left:.0f} s left" if run.state.is_alive else ""
    figures = {
        "Test accuracy": "–" if accuracy is None else f"{accuracy:.2%}",
        "Loss": f"{last.loss:.3f}" if last.loss < MAX_LOSS else f"{last.loss:.0e}",
        "Images per second": f"{last.images_per_second:,.0f}",
        "Time": f"{last.seconds:.1f} s",
    }
    st.html(figures_html(f"Step {last.step:,} of {last.steps:,}{left}", last.step / last.steps, figures))
