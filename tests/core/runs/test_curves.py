from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.models.config import SETTINGS, TrainConfig
from mnist_core.runs.curves import curves, planned_rate, thinned_indices
from mnist_core.runs.history import MAX_POINTS, History
from mnist_core.training.loop import fit
from mnist_core.training.report import StepReport
from tests.made import Miniature


def made(count: int) -> list[StepReport]:
    reports = [
        StepReport(step, count, step / 100, step / 10, 1 / step, 0.01 * step, 64 * step) for step in range(1, count + 1)
    ]
    return [replace(report, test_loss=0.5, test_accuracy=0.9) if report.step % 5 == 0 else report for report in reports]


@given(st.integers(0, 50_000), st.integers(2, 900))
def test_never_more_points_than_asked_for_and_both_ends_are_kept(count: int, most: int) -> None:
    places = thinned_indices(count, most)
    assert len(places) <= most and places == sorted(set(places))
    if count:
        assert (places[0], places[-1]) == (0, count - 1)
    if count <= most:
        assert places == list(range(count))
    else:
        assert len(places) >= most / 2 - 1


def test_points_stay_where_they_are_while_a_line_grows() -> None:
    assert set(thinned_indices(900)[:-1]) <= set(thinned_indices(1_000))


def test_curves_of_fewer_points_have_the_same_ends() -> None:
    history = History(made(500))
    whole, some = curves(history), curves(history, 50)
    for name in ("step", "seconds", "loss", "smoothed", "test_step", "test_seconds", "test_loss", "accuracy"):
        values, fewer = getattr(whole, name), getattr(some, name)
        assert len(fewer) <= 50 < len(values) and set(fewer) <= set(values)
        assert (fewer[0], fewer[-1]) == (values[0], values[-1])


def test_fewer_than_two_points_are_refused() -> None:
    with pytest.raises(ValueError, match="max_points must be 2 or more, got 1"):
        thinned_indices(5, 1)


@pytest.mark.parametrize("count", [0, 1, 7, 599, 600, 601, 10_000])
def test_each_point_belongs_to_its_step(count: int) -> None:
    found = curves(History(made(count)))
    assert len(found.step) <= MAX_POINTS and len(found.test_step) <= MAX_POINTS
    assert found.loss == [1 / step for step in found.step]
    assert found.seconds == [step / 10 for step in found.step]
    assert all(step % 5 == 0 for step in found.test_step) and len(found.accuracy) == len(found.test_step)
    assert found.smoothed == pytest.approx(
        [np.mean([1 / each for each in range(max(1, step - 19), step + 1)]) for step in found.step]
    )


@pytest.mark.parametrize("schedule", SETTINGS["schedule"].choices)
def test_the_planned_learning_rate_is_the_one_used(schedule: str, miniature: Miniature) -> None:
    config = TrainConfig("linear", epochs=2, batch_size=32, schedule=schedule)
    reports = list(fit(config.build_model(), miniature.train, miniature.test, config))
    steps, rates = planned_rate(config, reports[-1].steps)
    assert (steps, rates) == ([report.step for report in reports], [report.learning_rate for report in reports])
    some, _ = planned_rate(config, 10_000)
    assert len(some) <= MAX_POINTS and (some[0], some[-1]) == (1, 10_000)
