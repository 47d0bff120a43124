"""Train a model in the background and watch it learn."""

import logging

import streamlit as st

from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.html import sentence
from app_pages.components.presentation import is_presenting
from app_pages.state import classes, own_runs, resources
from app_pages.state.rerun import run_again
from app_pages.state.session import session
from app_pages.training.comparison import render_compare
from app_pages.training.example import render_example
from app_pages.training.form import close_race_menu, render_form
from app_pages.training.pace import expected_here, machine_pace
from app_pages.training.race import race_of, render_race
from app_pages.training.run_panel import render_run, render_unknown_run
from app_pages.training.teacher import render_class
from mnist_core.models.config import TrainConfig
from mnist_core.runs.naming import as_markdown
from mnist_core.runs.registry import READ_ONLY
from mnist_core.runs.run import Run, RunState

MEASURING_CHECK = 0.5  # s between two looks at whether the machine's pace is known
log = logging.getLogger("app_pages.train")  # NOTE: Streamlit runs a page as __main__

# An audience watches the run; the form can wait.
PRESENTED_STYLE = """<style>
[data-testid="stColumn"]:has(.st-key-train_model):has(~ * .st-key-train_view) { display: none; }
</style>"""


def start(configs: tuple[TrainConfig, ...]) -> None:
    """Start a run, or a race of two, and show it."""
    registry, images = resources.registry(), len(resources.available_split("train"))
    load, visitor = resources.splits_loader(), session().visitor
    try:
        if len(configs) > 1:
            one, other = configs
            run, rival = registry.start_race((one, other), load, visitor, images)
            close_race_menu()
            classes.enter_run(rival.name)
        else:
            run = registry.start(configs[0], load, visitor, images)
    except ValueError as error:  # it, or the visitor, asks for too much
        log.info("a run was refused: %s", error)
        st.error(sentence(error))
        return
    except OSError as error:
        advice = f"Free space on the disk, or make {resources.RUNS.name}/ writable."
        st.error(f"The run's folder could not be created ({error.strerror}). {advice}")
        return
    classes.enter_run(run.name)
    own_runs.choose_run(run.name)
    session().started_runs |= {run.name}
    run_again()


def race_note() -> str:
    """Return what a pupil of a class should know beside Start, "" for everybody else."""
    if classes.pupil_here() is None:
        return ""
    if problem := classes.class_state().race_problem:
        return f"Your last run is not in your class's race: {problem}."
    return "Runs that you start enter your class's race; your teacher sees their curves."


def rerun_once_measured() -> None:
    """Show the page again, with the time beside Start, as soon as the machine's pace has been measured."""
    if not machine_pace().is_measuring:
        run_again()


def render_run_list(shown: Run | None) -> None:
    """Let the visitor choose among their runs, and list those that were interrupted when the server stopped."""
    runs = own_runs.visible_runs()
    if len(runs) > 1:
        own_runs.choose_from_list("train_run", runs)
    interrupted = [run for run in runs if run.state is RunState.INTERRUPTED and run is not shown]
    if interrupted:
        with st.expander(
            f"Interrupted runs ({len(interrupted)})", icon=":material/power_off:", key="train_interrupted"
        ):
            st.caption("The server stopped while these were training. Open one to resume or delete it.")
            names = own_runs.listed_names(runs)
            for run in interrupted:
                st.button(
                    as_markdown(names[run.name]),
                    on_click=own_runs.choose_run,
                    args=(run.name,),
                    key=f"train_look_{run.name}",
                    width="stretch",
                )


def render_no_runs() -> None:
    """Say how to start, where one may, and show how a shipped model learned."""
    if not resources.registry().is_reader:
        st.info("No runs yet. Press Start to train a model. You can keep drawing while it learns.")
    render_example(st.session_state.get("train_model") or resources.DEFAULT_MODEL)


heading("Train", "Choose a model and watch it learn. Training continues while you draw or browse.")
missing_data.split_or_standin("train")
if is_presenting():
    st.html(PRESENTED_STYLE)
form_column, run_column = st.columns([1, 2.6], gap="large")
shown = own_runs.shown_run()
is_reader = resources.registry().is_reader
with form_column:
    if is_reader:
        st.warning(sentence(READ_ONLY), icon=":material/lock:")
    images = len(resources.available_split("train"))
    limits = resources.registry().limits
    configs = render_form(limits, may_start=not is_reader, images=images, expected=expected_here(), note=race_note())
    if machine_pace().is_measuring:
        st.fragment(rerun_once_measured, run_every=MEASURING_CHECK)()
    if configs:
        start(configs)
    render_run_list(shown)
with run_column:
    render_unknown_run()
    if shown:
        if race := race_of(shown):
            render_race(race)
        render_run(shown)
        if len(own_runs.visible_runs()) > 1:
            render_compare(own_runs.visible_runs())
    else:
        render_no_runs()
render_class()
