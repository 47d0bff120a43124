"""Scores of the challenges, and their order on a board."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_SCORES = 20  # of one challenge that a board keeps


@dataclass(frozen=True)
class Score:
    """What one attempt at a challenge achieved.

    Attributes:
        challenge: the key of the challenge.
        value: decides the rank; the challenge says whether the lower or the higher value wins. It contains what decides
            a tie, as a part that is smaller than any difference of what counts first.
        words: the value as people say it, such as "2 strokes, 11.4 px of ink".
        detail: how it was achieved, such as "a 7 read as 2 by CNN (shipped)".
    """

    challenge: str
    value: float
    words: str
    detail: str = ""


def ranked(scores: Iterable[Score], *, lower_wins: bool) -> list[tuple[int, Score]]:
    """Return the scores of one challenge with their ranks, the best first.

    Scores of the same value share a rank, and the next one has the rank that it would have without the tie: 1, 2, 2, 4.
    Among them, the one that comes first stays first.

    Args:
        scores: in the order in which they were achieved.
        lower_wins: whether the lower value is the better one.
    """
    order = sorted(scores, key=lambda score: score.value if lower_wins else -score.value)
    values = [score.value for score in order]
    return [(values.index(score.value) + 1, score) for score in order]


def with_score(
    scores: Sequence[Score], score: Score, *, lower_wins: bool, limit: int = MAX_SCORES
) -> tuple[Score, ...]:
    """Return scores of one challenge with another one, at most `limit`: the worst one makes room, of equals the newest.

    Args:
        scores: in the order in which they were achieved.
        score: the newest one.
        lower_wins: whether the lower value is the better one.
        limit: the largest number of scores, 1 or more.
    """
    every = (*scores, score)
    kept = {id(each) for _, each in ranked(every, lower_wins=lower_wins)[:limit]}
    return tuple(each for each in every if id(each) in kept)
