"""Teach a model the visitor's handwriting, show what came of it, and keep the model as a run."""

import html

import pandas as pd
import streamlit as st

from app_pages.components.html import sentence
from app_pages.components.leaving import DRAW, leave_for, see_inside_button
from app_pages.state import own_runs, resources
from app_pages.state.computations import cancel, computed
from app_pages.state.handwriting import Teaching, handwriting
from app_pages.state.rerun import run_again
from app_pages.state.session import session
from mnist_core.data.split import fingerprint
from mnist_core.models.networks import MODELS
from mnist_core.progress import Progress
from mnist_core.recognition.predictor import Predictor
from mnist_core.runs.kept_model import KeptModel
from mnist_core.runs.naming import MAX_NAME_LENGTH, Naming
from mnist_core.training.teaching import MIN_DRAWINGS, Taught, folds_in_words, teach

COMPUTATION = "handwriting"
PROBLEM = "handwriting_keep_problem"  # in the session's state


def teaching_of(model: str, spoken: str) -> Teaching:
    """Return what would be taught to a model now.

    Args:
        model: the name of a shipped model or a run.
        spoken: what people call it.
    """
    run = resources.registry().runs.get(model)
    config = run.config if run else resources.shipped_model(model).config
    evaluations = run.history.evaluation_count if run else 0
    numbers = tuple(each.number for each in handwriting().collected)
    return Teaching(model, spoken, config, evaluations, numbers, fingerprint(), handwriting().drawings())


def render_teaching(current: Teaching, predictor: Predictor) -> None:
    """Offer to teach, show the progress, then the result."""
    state, count = handwriting(), len(current.numbers)
    if state.asked:
        asked = state.asked
        st.button("Stop", icon=":material/stop:", on_click=_stop, key="handwriting_stop")
        words = f"Teaching the model your {len(asked.numbers)} drawings"
        taught = computed(COMPUTATION, asked, lambda: _begin(asked, predictor), words)
        if taught is None:
            return
        state.asked, state.taught, state.kept = None, (asked, taught), ""
        run_again()
    is_new = state.taught is None or state.taught[0] != current
    if is_new:
        missing = MIN_DRAWINGS - count
        st.button(
            "Teach it",
            type="primary",
            icon=":material/school:",
            disabled=missing > 0,
            on_click=_ask,
            args=(current,),
            key="handwriting_teach",
        )
        if missing > 0:
            st.caption(f"{count} of {MIN_DRAWINGS} drawings. {missing} more, and you can teach it.")
    if state.taught:
        _render_result(*state.taught, is_old=is_new)


def _ask(teaching: Teaching) -> None:
    handwriting().asked = teaching


def _stop() -> None:
    handwriting().asked = None
    cancel(COMPUTATION)


def _begin(asked: Teaching, predictor: Predictor) -> Progress[Taught]:
    train, test = resources.available_split("train"), resources.available_split("test")
    known = None
    if asked.model in MODELS and test.source == "MNIST test set":
        card = resources.shipped_model(asked.model).card
        known = card.test_accuracy if card else None
    return teach(predictor.model, asked.drawings, train, test, test_before=known)


def _render_result(teaching: Teaching, taught: Taught, *, is_old: bool) -> None:
    """Show both accuracies before and after, where they come from, and what can be done with the model."""
    count, test = len(teaching.numbers), resources.available_split("test")
    right = [round(accuracy * count) for accuracy in (taught.own_before, taught.own_after)]
    st.html(
        '<dl class="handwriting-figures">'
        + figure_html("Your handwriting", taught.own_before, taught.own_after, f"{right[0]} → {right[1]} of {count}")
        + figure_html(test.source, taught.test_before, taught.test_after, f"{len(test):,} images", decimals=2)
        + "</dl>"
    )
    st.markdown(finding(taught, count), width=760)
    st.caption(
        f"**{html.escape(teaching.spoken)}**, {count} drawings, {folds_in_words(taught.folds, count)}: each drawing is "
        "judged by a model that was taught all the others but not this one. "
        + ("The drawings or the model have changed since then." if is_old else "")
    )
    with st.expander("How many are right, by digit", key="handwriting_by_digit"):
        st.dataframe(table(taught), hide_index=True, width="stretch")
    _render_keep(teaching, taught)


def figure_html(name: str, before: float, after: float, note: str, decimals: int = 0) -> str:
    """Return an accuracy before and after as HTML."""
    return (
        f"<div><dt>{html.escape(name)}</dt><dd>{before:.{decimals}%} → <b>{after:.{decimals}%}</b></dd>"
        f'<dd class="note">{html.escape(note)}</dd></div>'
    )


def finding(taught: Taught, count: int) -> str:
    """Return in words what the teaching brought."""
    gained = round((taught.own_after - taught.own_before) * count)
    if taught.own_before == 1.0 and gained == 0:
        return "It read all your drawings before. Try **Linear**, which has more to learn, or write less neatly."
    if gained > 0:
        more = "one drawing" if gained == 1 else f"{gained} drawings"
        worth = f"{100 / count:.0f} percentage point{'s' if round(100 / count) != 1 else ''}"
        return f"It reads {more} more than before. One drawing is {worth}: add some to be surer."
    if gained == 0:
        return "It reads as many as before. Add more drawings of the digits that it misreads, and teach again."
    return "It reads fewer than before: so few drawings mislead it. Add more, two of each digit or more."


def table(taught: Taught) -> pd.DataFrame:
    """Return the result for each digit that was drawn."""
    return pd.DataFrame(taught.by_digit(), columns=["Digit", "Drawings", "Before", "After"])


def _render_keep(teaching: Teaching, taught: Taught) -> None:
    state = handwriting()
    with st.container(horizontal=True, gap="small"):
        if state.kept:
            st.success("Kept as a run. It is the model in use now, on every page.", icon=":material/check:")
            st.button("Draw with it", icon=":material/edit:", on_click=leave_for, args=(DRAW,), key="handwriting_draw")
            see_inside_button("handwriting_inside")
            return
        st.button(
            "Keep as a run", icon=":material/save:", on_click=_keep, args=(teaching, taught), key="handwriting_keep"
        )
    st.caption("A run keeps the model, not your drawings.")
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem)


def _keep(teaching: Teaching, taught: Taught) -> None:
    """Keep a taught model as a run, and show the whole page again; or have the page say why not."""
    try:
        run = resources.registry().keep(kept_model(teaching, taught), session().visitor)
    except ValueError as error:
        st.session_state[PROBLEM] = sentence(error)
    except OSError as error:
        st.session_state[PROBLEM] = f"The run's folder could not be written ({error.strerror}). Free space on the disk."
    else:
        handwriting().kept = run.name
        own_runs.choose_model(run.name)
        st.rerun()


def kept_model(teaching: Teaching, taught: Taught) -> KeptModel:
    """Return what a run keeps of a teaching."""
    count, source = len(teaching.numbers), resources.available_split("train").source
    kind = own_runs.MODEL_NAMES[teaching.config.model]
    return KeptModel(
        taught.model,
        teaching.config,
        taught.reports,
        origin=(
            f"Fine-tuned from {teaching.spoken} on {count} own drawings, with rehearsal of the {source}. Accuracy on "
            f"own drawings, by {folds_in_words(taught.folds, count)}: {taught.own_before:.0%} before, "
            f"{taught.own_after:.0%} after."
        ),
        data=f"{source}, and {count} own drawings",
        naming=Naming(f"{kind}, my handwriting"[:MAX_NAME_LENGTH]),
        temperature=taught.temperature,
        calibration_error=taught.calibration_error,
    )
