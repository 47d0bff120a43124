"""The runs that a visitor may see, and the model that they chose."""

from collections.abc import Container, Iterable
from datetime import datetime

import streamlit as st

from app_pages.state import address, resources
from app_pages.state.session import session
from app_pages.state.widgets import show_value, shown_place
from mnist_core.models.config import SETTINGS
from mnist_core.recognition.predictor import Predictor
from mnist_core.runs.naming import MAX_NAME_LENGTH, Naming, checked_name
from mnist_core.runs.run import Run, spoken_names

MODEL_NAMES = dict(SETTINGS["model"].choices)
UNKNOWN = "train_unknown_run"  # in the session's state: a run that was asked for and is not there, and the visit


def visible_runs() -> list[Run]:
    """Return this visitor's runs, and the one whose link they opened; none of them is abandoned.

    Those with a star come first, and of several the newest.
    """
    runs = resources.registry().owned_by(session().visitor)
    linked = resources.registry().find(_linked_run() or session().run)
    visible = [*runs, linked] if linked and linked not in runs else runs
    for run in visible:
        run.look()
    return sorted(visible, key=lambda run: not run.naming.is_starred)


def shown_run() -> Run | None:
    """Return the run that the Train page shows, the chosen one or else the newest, and put its name into the URL."""
    runs = {run.name: run for run in visible_runs()}
    asked = _linked_run() or session().run
    shown = runs.get(asked) or max(runs.values(), key=lambda run: run.started_at, default=None)
    if asked and asked not in runs:
        st.session_state[UNKNOWN] = asked, session().visits
    if shown:
        session().run = shown.name
        address.put("run", shown.name, quietly=True)
    return shown


def _linked_run() -> str:
    """Return the run that the link names which brought the visitor here, "" when it names none."""
    return "".join(address.named("run")[-1:])


def unknown_run() -> str | None:
    """Return the run that a link asked for in vain when this page was opened, as text to show, or None."""
    asked, visit = st.session_state.get(UNKNOWN, ("", -1))
    return checked_name(asked[:MAX_NAME_LENGTH]) if visit == session().visits else None


def spoken(runs: Iterable[Run]) -> dict[str, str]:
    """Return what people call each of some runs, by its identifier."""
    return spoken_names(runs, datetime.now())


def spoken_name(run: Run) -> str:
    """Return what people call a run, as one of those that this visitor may see."""
    return spoken({each.name: each for each in (*visible_runs(), run)}.values())[run.name]


def listed_names(runs: Iterable[Run]) -> dict[str, str]:
    """Return what a list calls each of some runs, in their order: its name, behind a star if it has one."""
    runs = list(runs)
    names = spoken(runs)
    return {run.name: ("★ " if run.naming.is_starred else "") + names[run.name] for run in runs}


def call(run: Run, naming: Naming) -> None:
    """Give a run another name, or a star.

    Raises:
        ValueError: another server uses the folder.
        OSError: the run's folder cannot be written.
    """
    assert may_control(run), "only they are shown the field"
    resources.registry().call(run, naming)


def is_mine(run: Run) -> bool:
    """True when this visitor started a run; others who have its link may only view it and use its model."""
    return run.owner == session().visitor


def may_control(run: Run) -> bool:
    """True when this visitor may pause, stop and delete a run, as its owner or as the teacher."""
    return (is_mine(run) or session().is_teacher) and not resources.registry().is_reader


def choose_run(name: str) -> None:
    """Select the run that the Train page shows; `shown_run` then writes its name into the URL."""
    session().run = name
    st.session_state.pop(UNKNOWN, None)


def choose_from_list(key: str, runs: Iterable[Run]) -> None:
    """Ask for the run to show; the list follows when a run is chosen elsewhere."""
    names = listed_names(runs)
    show_value(key, session().run)
    options = list(names)
    st.selectbox(
        "Run",
        options,
        shown_place(key, options),
        key=key,
        format_func=names.__getitem__,
        on_change=lambda: _choose_listed(key),
    )


def _choose_listed(key: str) -> None:
    choose_run(st.session_state[key])


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
    choose_run("")


def usable_models() -> dict[str, str]:
    """Return the models that can make predictions, from name to label: the shipped ones, then this visitor's runs."""
    visible = visible_runs()
    names = listed_names(visible)
    shipped = {name: f"{label} (shipped)" for name, label in MODEL_NAMES.items()}
    return shipped | {
        run.name: names[run.name] + (" (still training)" if run.state.is_alive else "")
        for run in visible
        if run.latest_model is not None
    }


def model_in_link(models: Container[str]) -> str:
    """Return the model that the link names, the default one when it names none or one that is unknown."""
    (name,) = address.named("model")[-1:] or [resources.DEFAULT_MODEL]
    if name in models:
        return name
    known = MODEL_NAMES[resources.DEFAULT_MODEL]
    address.say_unknown(f"This link names a model that is not here, so the {known} is in use.")
    return resources.DEFAULT_MODEL


def model_parameter() -> dict[str, str]:
    """Return the active model as the parameter of a link, which leaves the default one out."""
    model = str(st.session_state.model)
    return {} if model == resources.DEFAULT_MODEL else {"model": model}


def name_model_in_link() -> None:
    """Have the URL name the active model, unless it is the default one."""
    address.put("model", *model_parameter().values())


def active_model(models: Container[str] | None = None) -> str:
    """Return the name of the model that every page uses; it is chosen in the header.

    Args:
        models: what `usable_models` returned in this run of the page, if it is known.
    """
    chosen: str = st.session_state.get("model", resources.DEFAULT_MODEL)
    return chosen if chosen in (usable_models() if models is None else models) else resources.DEFAULT_MODEL


def choose_model(name: str) -> None:
    """Make a model the active one when the next header is shown."""
    session().next_model = name


def active_predictor() -> Predictor:
    """Return a predictor with the active model."""
    return resources.predictor_for(active_model())
