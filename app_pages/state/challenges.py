"""What one visitor achieved in the challenges, and what they are at."""

from dataclasses import dataclass, field

import streamlit as st

from app_pages.state import classes
from mnist_core.challenges.catalog import CHALLENGES
from mnist_core.challenges.fooling import Target
from mnist_core.challenges.scoring import Score, with_score
from mnist_core.classroom.records import MAX_DETAIL, ClassroomError


@dataclass(frozen=True)
class Game:
    """A digit that is to be misread.

    Attributes:
        target: the digit.
        model: the name of the model that is to be fooled.
        best: the value of the best score with this digit, None before the first.
    """

    target: Target
    model: str
    best: float | None = None


@dataclass
class ChallengesState:
    """What one visitor did in the challenges. It lasts as long as the session.

    Attributes:
        scores: by the key of the challenge, in the order in which they were achieved; bounded, see `with_score`.
        shown: the key of the challenge on the screen.
        game: the digit that is to be misread, None before the first.
        deals: how many digits were asked for.
        asked: the name of the run that is being validated, "" when none is.
        entered: the names of the runs that were entered, by challenge and run.
        class_problem: why the class that the visitor joined did not get the last score, as a sentence; "" when it did.
    """

    scores: dict[str, tuple[Score, ...]] = field(default_factory=dict)
    shown: str = ""
    game: Game | None = None
    deals: int = 0
    asked: str = ""
    entered: set[tuple[str, str]] = field(default_factory=set)
    class_problem: str = ""

    def of(self, challenge: str) -> tuple[Score, ...]:
        """Return the scores of a challenge, in the order in which they were achieved."""
        return self.scores.get(challenge, ())


def challenges_state() -> ChallengesState:
    """Return this visitor's state of the challenges."""
    if "challenges_state" not in st.session_state:
        st.session_state.challenges_state = ChallengesState()
    state: ChallengesState = st.session_state.challenges_state
    return state


def record(score: Score) -> None:
    """Put a score on this visitor's board, and on that of the class that they have joined.

    Every score of every challenge goes through here.
    """
    state, lower_wins = challenges_state(), CHALLENGES[score.challenge].lower_wins
    state.scores[score.challenge] = with_score(state.of(score.challenge), score, lower_wins=lower_wins)
    state.class_problem = _hand_in(score, lower_wins=lower_wins)


def _hand_in(score: Score, *, lower_wins: bool) -> str:
    """Hand a score in to the visitor's class, which keeps the best; return why not, "" when it was or there is none."""
    detail = f"{score.words}: {score.detail}"[:MAX_DETAIL]
    try:
        classes.score(score.challenge, score.value, detail, is_higher_better=not lower_wins)
    except ClassroomError as error:
        return str(error)
    return ""
