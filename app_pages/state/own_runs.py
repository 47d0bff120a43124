"""The runs that a visitor may see, and the model that they chose."""

import streamlit as st

from app_pages.state import resources
from app_pages.state.session import session
from mnist_core.models.config import SETTINGS
from mnist_core.recognition.predictor import Predictor
from mnist_core.runs.run import Run

MODEL_NAMES = dict(SETTINGS["model"].choices)


def visible_runs() -> list[Run]:
    """Return this visitor's runs, newest first, and the one whose link they opened; none of them is abandoned."""
    runs = resources.registry().owned_by(session().visitor)
    linked = resources.registry().find(st.query_params.get("run", "") or session().run)
    visible = [*runs, linked] if linked and linked not in runs else runs
    for run in visible:
        run.look()
    return visible


def shown_run() -> Run | None:
    """Return the run that the Train page shows, the chosen one or else the newest, and put its name into the URL."""
    runs = {run.name: run for run in visible_runs()}
    shown = runs.get(session().run or st.query_params.get("run", "")) or next(iter(runs.values()), None)
    if shown:
        st.query_params["run"] = session().run = shown.name
    return shown


def is_mine(run: Run) -> bool:
    """True when this visitor started a run; others who have its link may only view it and use its model."""
    return run.owner == session().visitor


def may_control(run: Run) -> bool:
    """True when this visitor may pause, stop and delete a run, as its owner or as the teacher."""
    return (is_mine(run) or session().is_teacher) and not resources.registry().is_reader


def choose_run(name: str) -> None:
    """Select the run that the Train page shows; `shown_run` then writes its name into the URL."""
    session().run = name


def choose_from_list(key: str, names: list[str]) -> None:
    """Ask for the run to show; the list follows when a run is chosen elsewhere."""
    st.session_state[key] = session().run
    st.selectbox("Run", names, key=key, on_change=lambda: choose_run(st.session_state[key]))


def resume_interrupted(run: Run) -> None:
    """Resume an interrupted run; it keeps its owner.

    Raises:
        ValueError: it is not interrupted, its owner has too many runs, or another server uses the folder.
    """
    resources.registry().resume_interrupted(run, resources.splits_loader())


def delete_run(run: Run) -> None:
    """Delete a run for good, and show another.

    Raises:
        ValueError: the run is being trained elsewhere.
    """
    assert may_control(run), "only they are shown the button"
    resources.registry().delete(run)
    session().run = ""
    st.query_params.pop("run", None)


def usable_models() -> dict[str, str]:
    """Return the models that can make predictions, from name to label."""
    runs = [run for run in visible_runs() if run.latest_model is not None]
    return MODEL_NAMES | {
        run.name: f"Run {run.name}" + (", still training" if run.state.is_alive else "") for run in runs
    }


def active_model() -> str:
    """Return the name of the model that every page uses; it is chosen in the header."""
    chosen = st.session_state.get("model", resources.DEFAULT_MODEL)
    return chosen if chosen in usable_models() else resources.DEFAULT_MODEL


def choose_model(name: str) -> None:
    """Make a model the active one when the next header is shown."""
    session().next_model = name


def active_predictor() -> Predictor:
    """Return a predictor with the active model."""
    return resources.predictor_for(active_model())
