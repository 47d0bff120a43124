"""The buttons of a run: pause, resume, stop, draw with its model; and to rename, star and delete it."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import streamlit as st

from app_pages.components.html import sentence
from app_pages.components.leaving import DRAW, leave_for, see_inside_button
from app_pages.state import own_runs, resources
from app_pages.state.session import session
from mnist_core.runs.naming import MAX_NAME_LENGTH, Naming, checked_name
from mnist_core.runs.run import Run, RunState

APPLIED_WITHIN = 0.6  # s to wait until a run has applied a request, before the page runs again
RENAMED = "train_renamed"  # in the session's state, from a change to the next run; so are the problems of
NAMING, RESUMING, DELETING = "train_naming_problem", "train_resuming_problem", "train_deleting_problem"


def render_controls(run: Run) -> None:
    """Show the buttons for a run in its present state: its owner's, and those of anybody who has its link."""
    may_control = own_runs.may_control(run)
    if run.state is RunState.PAUSED and may_control:
        _request_button("Resume", "play_arrow", run, run.unpause, "train_resume")
    elif run.state is RunState.TRAINING and may_control:
        _request_button("Pause", "pause", run, run.pause, "train_pause")
    elif run.state is RunState.QUEUED and session().is_teacher:
        render_moves(run)
    elif run.state is RunState.INTERRUPTED and not resources.registry().is_reader:
        render_resume(run)
    if run.state.is_alive and may_control:
        _request_button("Stop", "stop", run, run.stop, "train_stop")
    if not run.state.is_alive and run.latest_model is not None:
        render_use(run)
    if may_control:
        with st.popover("More", icon=":material/more_horiz:", key="train_more"):
            render_naming(run)
            if run.state is not RunState.ELSEWHERE:
                render_delete(run)


def _request_button(label: str, icon: str, run: Run, request: Callable[[], None], key: str) -> None:
    st.button(label, icon=f":material/{icon}:", on_click=_apply, args=(run, request), key=key)


def _apply(run: Run, request: Callable[[], None]) -> None:
    """Send a request to a run and wait a moment, so that the page shows its effect at once."""
    request()
    run.wait_until_applied(APPLIED_WITHIN)


def render_resume(run: Run) -> None:
    """Offer to resume an interrupted run."""
    st.button(
        "Resume",
        icon=":material/play_arrow:",
        type="primary",
        on_click=_attempt,
        args=(own_runs.resume_interrupted, run, RESUMING),
        key="train_take_up",
    )
    _show_problem(RESUMING)


def render_moves(run: Run) -> None:
    """Offer the teacher to give a waiting run the first place in the queue, or the last."""
    turns = resources.registry().turns
    for label, icon, is_first in (("First", "vertical_align_top", True), ("Last", "vertical_align_bottom", False)):
        st.button(
            label,
            icon=f":material/{icon}:",
            on_click=turns.move,
            args=(run.turn_name,),
            kwargs={"first": is_first},
            key=f"train_{label.lower()}",
        )


def render_use(run: Run) -> None:
    """Offer to draw with a run's model; not as the first choice where the run failed."""
    emphasis: Literal["primary", "secondary"] = "secondary" if run.state is RunState.FAILED else "primary"
    st.button("Draw with it", icon=":material/draw:", type=emphasis, on_click=_draw_with, args=(run,), key="train_use")
    see_inside_button("train_inside", model=run.name)


def render_delete(run: Run) -> None:
    """Offer to delete a run, and say what that means."""
    st.caption("Deleting a run removes its model and its folder.")
    st.button(
        "Delete for good",
        icon=":material/delete:",
        on_click=_attempt,
        args=(own_runs.delete_run, run, DELETING),
        key="train_delete_yes",
    )
    _show_problem(DELETING)


def render_naming(run: Run) -> None:
    """Offer to rename a run and to star it."""
    if st.session_state.pop(RENAMED, False):
        st.rerun()  # the whole page: the run's name is in other places too
    name_key, star_key = f"train_name_{run.name}", f"train_star_{run.name}"
    for key, value in ((name_key, run.naming.name), (star_key, run.naming.is_starred)):
        if st.session_state.get(key) != value:  # it was changed elsewhere; what is being typed is not in the state
            st.session_state[key] = value
    st.text_input(
        "Name",
        max_chars=MAX_NAME_LENGTH,
        placeholder=run.spoken_name(datetime.now()),
        key=name_key,
        on_change=lambda: _call(run, st.session_state[name_key], run.naming.is_starred),
    )
    st.toggle(
        "Star, to list it first",
        key=star_key,
        on_change=lambda: _call(run, run.naming.name, st.session_state[star_key]),
    )
    _show_problem(NAMING)


def open_run(name: str) -> None:
    """Show another run, in a callback."""
    own_runs.choose_run(name)
    st.rerun()


def _draw_with(run: Run) -> None:
    own_runs.choose_model(run.name)
    leave_for(DRAW)


def _attempt(work: Callable[[Run], None], run: Run, problem_key: str) -> None:
    """Do something with a run, in a callback, and show the whole page again; or have the page say why not."""
    try:
        work(run)
    except ValueError as error:
        st.session_state[problem_key] = sentence(error)
    else:
        st.rerun()


def _show_problem(key: str) -> None:
    """Say what went wrong in the callback before."""
    if problem := st.session_state.pop(key, ""):
        st.error(problem)


def _call(run: Run, name: str, is_starred: bool) -> None:
    try:
        own_runs.call(run, Naming(checked_name(name), is_starred))
        st.session_state[RENAMED] = True
    except ValueError as error:
        st.session_state[NAMING] = sentence(error)
    except OSError as error:
        st.session_state[NAMING] = f"The name could not be written ({error.strerror}): free space on the disk."
