"""A race as the Train page shows it: the names of both, how it stands in words, and its chart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_pages.training.race import Standing, race_chart, race_in_words, race_table, racer_names
from mnist_core.models.config import STANDARD
from mnist_core.runs.run import RunState

FINISHED, TRAINING, QUEUED = RunState.FINISHED, RunState.TRAINING, RunState.QUEUED


def standing(name: str, state: RunState, *points: tuple[float, float]) -> Standing:
    return Standing(name, state, [seconds for seconds, _ in points], [accuracy for _, accuracy in points])


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (standing("A", QUEUED), standing("B", QUEUED), "Both wait for their turn."),
        (
            standing("A", TRAINING),
            standing("B", QUEUED),
            "They have started. The first results will appear soon.",
        ),
        (
            standing("A", TRAINING),
            standing("B", TRAINING, (0.52, 0.9)),
            "B is ahead: 90.00% after 0.5 s.",
        ),
        (
            standing("A", TRAINING, (1.0, 0.95)),
            standing("B", FINISHED, (0.5, 0.9), (1.0, 0.92)),
            "A leads: 95.00% after 1.0 s. B: 92.00% after 1.0 s.",
        ),
        (
            standing("A", FINISHED, (2.0, 0.95), (9.0, 0.99)),
            standing("B", FINISHED, (0.5, 0.9), (1.0, 0.92)),
            "A wins: 99.00% after 9.0 s. B reached 92.00% after 1.0 s. It was at that level after 2.0 s.",
        ),
        (
            standing("A", FINISHED, (2.0, 0.91), (9.0, 0.99)),
            standing("B", FINISHED, (1.0, 0.92)),
            "A wins: 99.00% after 9.0 s. B reached 92.00% after 1.0 s.",
        ),
        (
            standing("A", FINISHED, (2.0, 0.9)),
            standing("B", FINISHED, (1.0, 0.9)),
            "B wins on time: both reached 90.00%, after 1.0 s and 2.0 s.",
        ),
        (
            standing("A", FINISHED, (2.0, 0.9)),
            standing("B", RunState.FAILED),
            "A is ahead: 90.00% after 2.0 s, as B failed.",
        ),
        (
            standing("A", RunState.STOPPED),
            standing("B", RunState.FAILED),
            "The race ended before the first evaluation.",
        ),
    ],
)
def test_it_is_said_how_a_race_stands(one: Standing, other: Standing, words: str) -> None:
    assert race_in_words([one, other]) == words


STANDINGS = st.builds(
    lambda name, state, points: standing(name, state, *sorted(points)),
    st.sampled_from("AB"),
    st.sampled_from(list(RunState)),
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1)), max_size=4),
)


@given(STANDINGS, STANDINGS)
def test_the_winner_has_the_higher_accuracy_whatever_happens(one: Standing, other: Standing) -> None:
    one, other = replace(one, name="A"), replace(other, name="B")
    words = race_in_words([one, other])
    assert words == race_in_words([other, one]) or (one.accuracy[-1:], one.seconds[-1:]) == (
        other.accuracy[-1:],
        other.seconds[-1:],
    )
    if " wins: " in words:
        winner, loser = (one, other) if words.startswith("A") else (other, one)
        assert winner.accuracy[-1] > loser.accuracy[-1] and not one.state.is_alive and not other.state.is_alive


def test_racers_are_named_by_what_tells_them_apart() -> None:
    cnn, mlp = STANDARD["cnn"], STANDARD["mlp"]
    assert racer_names(cnn, replace(mlp, epochs=1)) == ("CNN", "MLP")
    assert racer_names(cnn, replace(cnn, learning_rate=0.5, share=0.1, seed=7)) == (
        "CNN, learning rate 0.01, seed 0",
        "CNN, learning rate 0.5, seed 7",
    )
    assert racer_names(cnn, replace(cnn, average=True)) == ("CNN, averaged weights no", "CNN, averaged weights yes")
    assert racer_names(cnn, cnn) == ("CNN, first", "CNN, second")


def test_both_lines_differ_without_colour_and_carry_their_names() -> None:
    standings = [standing("A", TRAINING, (1.0, 0.85), (2.0, 0.9)), standing("B", TRAINING)]
    chart = race_chart(standings, ("#111111", "#222222"))
    one, other = chart["series"]
    assert (one["name"], other["name"]) == ("A", "B")
    assert one["lineStyle"]["type"] != other["lineStyle"]["type"] and one["symbol"] != other["symbol"]
    assert list(chart["dataset"][0]["source"]["accuracy"]) == [85.0, 90.0] and chart["yAxis"]["min"] == 80
    assert chart["xAxis"]["name"] == "training time (s)"


def test_the_numbers_of_a_race_are_in_the_order_of_time() -> None:
    table = race_table([standing("A", TRAINING, (1.0, 0.85), (2.0, 0.9)), standing("B", TRAINING, (1.5, 0.333333))])
    assert table.to_dict("list") == {
        "time (s)": [1.0, 1.5, 2.0],
        "run": ["A", "B", "A"],
        "test accuracy (%)": [85.0, 33.33, 90.0],
    }
    assert list(race_table([standing("A", QUEUED), standing("B", QUEUED)]).columns) == list(table.columns)
