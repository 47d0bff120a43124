"""Ranks against an example worked out by hand, and what a bounded board keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.challenges.scoring import Score, ranked, with_score


def scores_of(*values: float) -> tuple[Score, ...]:
    return tuple(Score("any", value, f"{value}", f"attempt {place}") for place, value in enumerate(values))


@pytest.mark.parametrize(
    ("lower_wins", "expected"),
    [(True, [(1, 1.0), (2, 2.5), (2, 2.5), (4, 7.0)]), (False, [(1, 7.0), (2, 2.5), (2, 2.5), (4, 1.0)])],
)
def test_equal_scores_share_a_rank(lower_wins: bool, expected: list[tuple[int, float]]) -> None:
    board = ranked(scores_of(2.5, 7.0, 1.0, 2.5), lower_wins=lower_wins)
    assert [(rank, score.value) for rank, score in board] == expected


@pytest.mark.parametrize("lower_wins", [True, False])
def test_among_equals_the_earlier_one_stays_first(lower_wins: bool) -> None:
    board = ranked(scores_of(3, 3, 3), lower_wins=lower_wins)
    assert [score.detail for _, score in board] == ["attempt 0", "attempt 1", "attempt 2"]


def test_the_worst_score_makes_room_and_of_equals_the_newest() -> None:
    kept = with_score(scores_of(1, 5), Score("any", 3, "3"), lower_wins=True, limit=2)
    assert [score.value for score in kept] == [1, 3]
    kept = with_score(scores_of(5, 5), Score("any", 5, "5", "newest"), lower_wins=False, limit=2)
    assert [score.detail for score in kept] == ["attempt 0", "attempt 1"]


def test_no_scores_have_no_ranks() -> None:
    assert ranked((), lower_wins=True) == []


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.booleans(), st.integers(1, 6))
def test_a_bounded_board_keeps_the_best(values: list[int], lower_wins: bool, limit: int) -> None:
    kept: tuple[Score, ...] = ()
    for place, value in enumerate(values):
        kept = with_score(kept, Score("any", value, "", str(place)), lower_wins=lower_wins, limit=limit)
    best = sorted(values, reverse=not lower_wins)[:limit]
    assert sorted((score.value for score in kept), reverse=not lower_wins) == best
    places = [int(score.detail) for score in kept]
    assert places == sorted(places)
