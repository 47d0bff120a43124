"""The view "Challenges": which one, what to do, the challenge itself, its lesson and the board."""

import streamlit as st

from app_pages.challenges.entries import render_entries
from app_pages.challenges.figures import bests_html, board_html
from app_pages.challenges.fool import render_fool
from app_pages.challenges.style import READABLE, STYLE
from app_pages.challenges.worst import render_worst
from app_pages.components.html import sentence
from app_pages.components.presentation import is_presenting
from app_pages.components.send_on_lift import send_at_once
from app_pages.components.turning import choose_one
from app_pages.state import resources
from app_pages.state.challenges import challenges_state
from mnist_core.challenges import fooling, unusual
from mnist_core.challenges.catalog import CHALLENGES, Challenge
from mnist_core.challenges.scoring import ranked
from mnist_core.data.split import DIGITS

CHALLENGE = "challenges_challenge"  # the key of the widget
PARAMETER = "challenge"  # in the URL
DRAWN = {fooling.KEY: render_fool, unusual.KEY: render_worst}


def render_challenges() -> None:
    """Show the challenges, one at a time."""
    st.html(STYLE)
    if not is_presenting():
        st.markdown(
            "Four games that the app scores. Each shows how models fail, or how one finds out.",
            width=READABLE,
        )
    challenge = CHALLENGES[
        choose_one({key: each.title for key, each in CHALLENGES.items()}, "Challenge", PARAMETER, CHALLENGE)
    ]
    if resources.class_names() != DIGITS:
        st.info("The data set in use has other classes than digits. The challenges need MNIST.")
        return
    render_challenge(challenge)
    if challenge.key in DRAWN:
        send_at_once()


@st.fragment
def render_challenge(challenge: Challenge) -> None:
    """Show a challenge and its board; a stroke reruns only this."""
    state = challenges_state()
    is_new = state.shown != challenge.key
    state.shown = challenge.key
    st.header(challenge.title, anchor=False)
    st.markdown(challenge.task, width=READABLE)
    st.markdown(challenge.measured, width=READABLE)
    with st.expander("A hint", icon=":material/lightbulb:", type="compact", key=f"challenges_hint_{challenge.key}"):
        st.markdown(challenge.hint, width=READABLE)
    if challenge.key in DRAWN:
        DRAWN[challenge.key](is_new=is_new)
    else:
        render_entries(challenge.key)
    render_board(challenge)


def render_board(challenge: Challenge) -> None:
    """Show the visitor's scores in a challenge, what it teaches, and their bests in the others."""
    state = challenges_state()
    scores = state.of(challenge.key)
    st.header("Your board", anchor=False)
    if not scores:
        st.caption(
            "No score yet. Your scores stay in this session and are gone when you reload it. A class that you "
            "have joined keeps your best."
        )
    else:
        st.html(board_html(challenge, scores))
        if state.class_problem:
            st.warning(f"Your class did not get the last score. {sentence(state.class_problem)}")
        st.subheader("What this shows", anchor=False)
        st.markdown(challenge.lesson, width=READABLE)
    others = [
        (each, ranked(state.of(key), lower_wins=each.lower_wins)[0][1])
        for key, each in CHALLENGES.items()
        if state.of(key) and key != challenge.key
    ]
    if others:
        st.subheader("Your bests in the other challenges", anchor=False)
        st.html(bests_html(others))
