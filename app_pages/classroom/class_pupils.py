"""Who is in a class, at which step, and when each pupil was seen last."""

import html
import time
from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages.state.class_places import LESSON
from app_pages.state.classes import class_store
from app_pages.state.own_lessons import known_lessons
from mnist_core.classroom.records import ClassroomError, Pupil
from mnist_core.course.catalog import NUMBERS, STEPS

HERE = 30.0  # s without a sign of a pupil; then they are no longer here
PLACES = 8  # at most, in the list of where the pupils are
REMOVE = "class_remove"


def render_pupils(code: str) -> None:
    """Show the pupils of a class."""
    store, now = class_store(), time.time()
    pupils = store.pupils(code)
    if not pupils:
        st.info("Nobody has joined yet. Show the code with the projector.")
        return
    answers, drawings = store.counts(code)
    here = sum(is_here(pupil, now) for pupil in pupils)
    st.html(
        f'<dl class="class-figures"><div><dt>joined</dt><dd>{len(pupils)}</dd></div>'
        f"<div><dt>here now</dt><dd>{here}</dd></div></dl>{where_html(pupils)}"
    )
    st.dataframe(
        pupil_table(pupils, answers, drawings, now),
        hide_index=True,
        height="content" if len(pupils) < 13 else 480,
        key="class_pupil_table",
        column_config={
            "Answers": st.column_config.NumberColumn(help="Questions of the course answered so far"),
            "Drawings": st.column_config.NumberColumn(help="Drawings handed in so far"),
        },
    )
    render_removal(pupils)


def is_here(pupil: Pupil, now: float) -> bool:
    """Return whether a pupil was seen a moment ago."""
    return now - pupil.last_seen < HERE


def place_of(pupil: Pupil) -> str:
    """Return where a pupil is, in words."""
    if pupil.step in NUMBERS:
        return f"{NUMBERS[pupil.step]}. {STEPS[NUMBERS[pupil.step] - 1].title}"
    name, _, number = pupil.step.removeprefix(LESSON).rpartition(".")
    if name and pupil.step.startswith(LESSON):
        lesson = known_lessons()[0].get(name)
        return f"{lesson.title if lesson else 'A lesson'}, step {number}"
    return pupil.page.capitalize() or "–"


def where_html(pupils: Sequence[Pupil]) -> str:
    """Return how many pupils are at each place as HTML, in the order of the course."""
    counts = Counter(map(place_of, pupils))
    order = {place_of(pupil): NUMBERS.get(pupil.step, len(NUMBERS) + 1) for pupil in pupils}
    places = sorted(counts, key=lambda place: (order[place], place))
    most = max(counts.values())
    fullest = sorted(places, key=lambda place: -counts[place])[:PLACES]
    rows = "".join(
        f"<dt>{html.escape(place)}</dt>"
        f'<dd aria-hidden="true"><div class="track" style="width:{counts[place] / most:.0%}"></div></dd>'
        f'<dd class="count">{counts[place]}</dd>'
        for place in places
        if place in fullest
    )
    return f'<dl class="class-where" aria-label="How many pupils are at each step">{rows}</dl>'


def ago(seconds: float) -> str:
    """Return how long ago something was, in words."""
    if seconds < HERE:
        return "now"
    minutes = round(seconds / 60)
    if minutes < 1:
        return "half a minute ago"
    return f"{minutes} min ago" if minutes < 120 else f"{round(minutes / 60)} h ago"


def pupil_table(pupils: Sequence[Pupil], answers: Counter[int], drawings: Counter[int], now: float) -> pd.DataFrame:
    """Return a table with one row per pupil."""
    return pd.DataFrame(
        {
            "No.": [pupil.number for pupil in pupils],
            "Pupil": [pupil.name for pupil in pupils],
            "Where": [place_of(pupil) for pupil in pupils],
            "Last seen": [ago(now - pupil.last_seen) for pupil in pupils],
            "Answers": [answers[pupil.number] for pupil in pupils],
            "Drawings": [drawings[pupil.number] for pupil in pupils],
        }
    )


def render_removal(pupils: Sequence[Pupil]) -> None:
    """Offer to remove a pupil, for a nickname that must go or a stranger."""
    named = {pupil.number: f"{pupil.number}: {pupil.name}" for pupil in pupils}
    with st.popover("Remove a pupil", icon=":material/person_remove:", type="tertiary", key="class_remove_menu"):
        st.markdown("They are removed with everything that they handed in. They can join again.")
        if st.session_state.get(REMOVE) not in named:
            st.session_state[REMOVE] = None
        st.selectbox("Pupil", list(named), index=None, format_func=lambda number: named.get(number, ""), key=REMOVE)
        st.button(
            "Remove",
            disabled=st.session_state[REMOVE] is None,
            on_click=remove,
            args=({pupil.number: pupil for pupil in pupils},),
            key="class_remove_press",
        )


def remove(pupils: dict[int, Pupil]) -> None:
    """Remove the pupil that was chosen, in a callback."""
    pupil = pupils.get(st.session_state[REMOVE])
    st.session_state[REMOVE] = None
    if pupil:
        try:
            class_store().leave(pupil)
        except ClassroomError:
            pass  # they have left meanwhile
