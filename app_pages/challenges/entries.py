"""The challenges of training: the visitor's runs, each with what it says about it and a button that enters it."""

import streamlit as st

from app_pages.challenges.figures import run_html
from app_pages.components.header import link_parameters
from app_pages.state import address, own_runs, resources
from app_pages.state.challenges import challenges_state, record
from app_pages.state.computations import cancel, computed
from mnist_core.challenges import run_entries
from mnist_core.challenges.run_entries import FAST_KEY, SMALL_KEY, RunFacts
from mnist_core.data.split import fingerprint
from mnist_core.models import storage
from mnist_core.models.networks import parameter_count
from mnist_core.progress import Progress
from mnist_core.runs.run import Run, RunState

MAX_RUNS = 12  # the newest ones are listed
COMPUTATION = "challenges_validation"
# What the link has Train begin with, as in its URL; Train's own default is a CNN.
SETTINGS_OF = {FAST_KEY: {"preset": "quick", "share": "0.9"}, SMALL_KEY: {"preset": "quick"}}
SET_UP = {
    FAST_KEY: "It opens Train with a CNN that learns once from 90% of the images. Start says how long it takes.",
    SMALL_KEY: "It opens Train with a CNN. Its size is among all settings.",
}


def render_entries(challenge: str) -> None:
    """Show the visitor's runs and whether each can be entered.

    Args:
        challenge: the key of the challenge.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="challenges_set_up"):
        leading = dict([address.leading_parameter()])
        st.page_link(
            "app_pages/train.py",
            label="Train a model",
            icon=":material/show_chart:",
            query_params=link_parameters() | SETTINGS_OF[challenge] | leading,
            width="content",
        )
        st.caption(SET_UP[challenge], width="stretch")
    runs = [run for run in own_runs.visible_runs() if own_runs.is_mine(run) and not run.state.is_alive][:MAX_RUNS]
    st.subheader("Your runs", anchor=False)
    if not runs:
        st.markdown("No finished runs yet. Train a model, come back, and enter it here.")
        return
    names = own_runs.spoken(runs)
    listed = [(run, facts_of(run, names[run.name])) for run in runs]
    if challenge == FAST_KEY:
        finish_validation({run.name: (run, facts) for run, facts in listed})
    for run, facts in sorted(listed, key=lambda each: bool(problem_of(challenge, each[1]))):
        render_run(challenge, run, facts)


def facts_of(run: Run, name: str) -> RunFacts:
    """Return what the records of a run say of it.

    Args:
        run: one that has ended.
        name: what people call it.
    """
    history, evaluations, model = run.history, run.evaluations, run.latest_model
    try:
        data = str(storage.read_json(run.folder / storage.CARD).get("data", ""))
    except ValueError:  # it has none, as it was stopped before it was evaluated
        data = ""
    return RunFacts(
        name,
        run.config,
        run.state is RunState.FINISHED and model is not None,
        history.last.seconds if len(history) else 0.0,
        evaluations[-1].test_accuracy if evaluations else None,
        parameter_count(model) if model is not None else 0,
        data,
        run.origin,
    )


def problem_of(challenge: str, facts: RunFacts) -> str:
    """Return why a run cannot be entered, as a sentence; "" when it can."""
    train = resources.available_split("train")
    if problem := run_entries.problem_of(facts, train.source):
        return problem
    if challenge == SMALL_KEY:
        return run_entries.small_problem_of(facts)
    return run_entries.fast_problem_of(facts, len(train))


def render_run(challenge: str, run: Run, facts: RunFacts) -> None:
    """Show a run, with the button that enters it or why it cannot be entered."""
    state, problem = challenges_state(), problem_of(challenge, facts)
    words = f"{facts.seconds:.1f} s of training, {facts.parameters:,} parameters."
    with st.container(horizontal=True, vertical_alignment="center", key=f"challenges_run_{run.name}"):
        st.html(run_html(facts.name, f"{words} {problem}".strip()), width="stretch")
        if problem:
            return
        if (challenge, run.name) in state.entered:
            st.markdown(":material/check: Entered", width="content")
            return
        st.button(
            "Enter",
            disabled=bool(state.asked),
            on_click=enter,
            args=(challenge, run.name, facts),
            key=f"challenges_enter_{run.name}",
        )


def enter(challenge: str, run: str, facts: RunFacts) -> None:
    """Enter a run: record its score, or have it validated first."""
    if challenge == FAST_KEY:
        challenges_state().asked = run
        return
    challenges_state().entered.add((challenge, run))
    record(run_entries.small_score_of(facts))


def finish_validation(runs: dict[str, tuple[Run, RunFacts]]) -> None:
    """Validate the run that was asked for, with its progress on the page, and record its score.

    Args:
        runs: those that are listed, by their names.
    """
    state, train = challenges_state(), resources.available_split("train")
    if not state.asked:
        return
    run, facts = runs.get(state.asked, (None, None))
    if run is None or facts is None or run.latest_model is None:  # it was deleted meanwhile
        state.asked = ""
        cancel(COMPUTATION)
        return
    images = len(run_entries.validation_split(train, run.config))
    accuracy = computed(
        COMPUTATION, (run.name, fingerprint()), lambda: begin(run), f"Reading {images:,} images that it did not learn"
    )
    if accuracy is None:
        return
    state.asked = ""
    state.entered.add((FAST_KEY, run.name))
    record(run_entries.fast_score_of(facts, accuracy, images))


def begin(run: Run) -> Progress[float]:
    """Begin to validate a run."""
    model = run.latest_model
    assert model is not None, "only a run with a model can be entered"
    return run_entries.validate(model, run_entries.validation_split(resources.available_split("train"), run.config))
