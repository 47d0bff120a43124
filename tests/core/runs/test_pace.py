"""How long a run will take: what the estimate is made of, and what it learns."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models.config import PRESETS, STANDARD, TrainConfig
from mnist_core.runs.history import History
from mnist_core.runs.pace import (
    AVERAGED_RUNS,
    MIN_STEPS,
    REMEMBERED_RUNS,
    SECONDS_PER_RECORD,
    Pace,
    PaceKeeper,
    duration_in_words,
    measure_pace,
)
from mnist_core.training.report import StepReport

MODELS = list(STANDARD)
PACE = Pace(
    per_step=dict.fromkeys(MODELS, 0.001),
    per_image=dict.fromkeys(MODELS, 0.000_01),
    per_evaluated_image=dict.fromkeys(MODELS, 0.000_002),
    augmentation=0.000_05,
)
CONFIG = TrainConfig("mlp", epochs=2, batch_size=100, evaluations=3)
PER_STEP, PER_EVALUATION = 0.001 + 100 * 0.000_01, 1_000 * 0.000_002  # s, by hand, with 1,000 test images


def keeper() -> PaceKeeper:
    keeper = PaceKeeper()
    keeper.set_pace(PACE)
    return keeper


def history(steps: int, seconds: float, evaluations: int = 0) -> History:
    """Return the history of a run that took some seconds in all."""

    def reports() -> Iterator[StepReport]:
        for step in range(1, steps + 1):
            accuracy = 0.5 if step > steps - evaluations else None
            yield StepReport(step, 10 * steps, 0.1, seconds * step / steps, 1.0, 0.1, step, accuracy, accuracy)

    return History(reports())


def expected(keeper: PaceKeeper, config: TrainConfig) -> float:
    seconds = keeper.expected_seconds(config, 10_000, 1_000)
    assert seconds is not None
    return seconds


def test_nothing_is_promised_before_the_pace_is_known() -> None:
    keeper = PaceKeeper()
    keeper.learn("a", CONFIG, history(100, 1.0), 1_000)
    assert not keeper.is_ready and keeper.expected_seconds(CONFIG, 10_000, 1_000) is None


def test_a_run_takes_its_steps_its_evaluations_and_their_records() -> None:
    by_hand = 200 * PER_STEP + 6 * (PER_EVALUATION + SECONDS_PER_RECORD)
    assert expected(keeper(), CONFIG) == pytest.approx(by_hand)


def test_there_are_no_more_evaluations_than_steps() -> None:
    config = replace(CONFIG, evaluations=100, batch_size=5_000)  # two steps per epoch
    assert expected(keeper(), config) < expected(keeper(), replace(config, epochs=4))
    assert expected(keeper(), config) == pytest.approx(expected(keeper(), replace(config, evaluations=2)))


def test_augmentation_looks_and_a_wider_network_take_longer() -> None:
    usual = expected(keeper(), CONFIG)
    augmented = expected(keeper(), replace(CONFIG, augment=0.5))
    assert augmented - usual == pytest.approx(200 * 100 * 0.000_05)
    assert expected(keeper(), replace(CONFIG, looks=3)) - usual == pytest.approx(6 * 2 * PER_EVALUATION)
    assert expected(keeper(), replace(CONFIG, width=64)) > usual > expected(keeper(), replace(CONFIG, width=4))


def test_a_run_corrects_the_promise_for_the_next_one_of_its_kind() -> None:
    learner = keeper()
    training = 200 * PER_STEP + 6 * PER_EVALUATION
    learner.learn("a", CONFIG, history(50, 3 * (50 * PER_STEP + 2 * PER_EVALUATION), evaluations=2), 1_000)
    assert expected(learner, CONFIG) == pytest.approx(3 * training + 6 * SECONDS_PER_RECORD)
    wider = replace(CONFIG, width=32)  # the same model: better than nothing
    assert expected(learner, wider) > 2 * expected(keeper(), wider)
    other = replace(CONFIG, model="cnn")
    assert expected(learner, other) == expected(keeper(), other)
    learner.learn("b", wider, history(50, 0.1), 1_000)  # its own kind counts before its model
    assert expected(learner, CONFIG) == pytest.approx(3 * training + 6 * SECONDS_PER_RECORD)


def test_a_run_counts_once_and_the_newest_decide() -> None:
    learner = keeper()
    for number in range(REMEMBERED_RUNS + 10):
        learner.learn(f"old {number}", CONFIG, history(50, 9 * 50 * PER_STEP), 1_000)
    for number in range(AVERAGED_RUNS):
        learner.learn(f"new {number}", CONFIG, history(50, 2 * 50 * PER_STEP), 1_000)
    learner.learn("new 0", CONFIG, history(60, 2 * 60 * PER_STEP), 1_000)
    training = 200 * PER_STEP + 6 * PER_EVALUATION
    assert expected(learner, CONFIG) == pytest.approx(2 * training + 6 * SECONDS_PER_RECORD)


@pytest.mark.parametrize("seconds", [0.0, float("inf"), float("nan")])
def test_a_run_with_an_absurd_time_teaches_nothing(seconds: float) -> None:
    learner = keeper()
    learner.learn("a", CONFIG, history(50, seconds), 1_000)
    learner.learn("b", CONFIG, history(MIN_STEPS - 1, 1_000.0), 1_000)
    learner.learn("c", CONFIG, History(), 1_000)
    assert expected(learner, CONFIG) == expected(keeper(), CONFIG)


def test_the_measurement_knows_that_more_work_takes_longer_and_leaves_the_generator_alone() -> None:
    before = torch.get_rng_state()
    pace = measure_pace(threads=1)
    assert torch.equal(torch.get_rng_state(), before) and torch.get_num_threads() == 1
    measured = PaceKeeper()
    measured.set_pace(pace)
    seconds = {name: measured.expected_seconds(PRESETS["best"].configs[name], 60_000, 10_000) or 0 for name in MODELS}
    assert 0 < seconds["linear"] < seconds["mlp"] < seconds["cnn"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "about 1 s"),
        (1.6, "about 2 s"),
        (9.4, "about 9 s"),
        (11.0, "about 10 s"),
        (13.0, "about 15 s"),
        (57.0, "about 55 s"),
        (58.0, "about 1 min"),
        (95.0, "about 2 min"),
        (9.4 * 60, "about 9 min"),
        (13 * 60, "about 15 min"),
        (59 * 60, "about 1 h"),
        (80 * 60, "about 1.5 h"),
        (36_000.0, "about 10 h"),
    ],
)
def test_a_duration_is_rounded_as_people_say_it(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


@given(st.floats(1, 1e6))
def test_a_rounded_duration_is_near_the_exact_one(seconds: float) -> None:
    number, unit = duration_in_words(seconds).removeprefix("about ").split()
    rounded = float(number.replace(",", "")) * {"s": 1, "min": 60, "h": 3600}[unit]
    assert 0.65 <= rounded / seconds <= 1.5
