"""What a run keeps in memory: a few hundred reports, whatever it reports."""

import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.runs.curves import curves, thinned_indices
from mnist_core.runs.history import MAX_POINTS, SMOOTHING_WINDOW, History, Thinned
from mnist_core.training.report import StepReport

COUNTS = ((1,) * 10,) * 10


def report(step: int) -> StepReport:
    made = StepReport(step, 10**6, step / 100, step / 1000, 1 / step, 0.01, 64 * step)
    return replace(made, test_loss=0.5, test_accuracy=0.9, confusion=COUNTS) if step % 5 == 0 else made


@given(st.integers(0, 5_000), st.integers(2, 100))
def test_what_is_kept_are_the_thinned_indices(count: int, most: int) -> None:
    thinned: Thinned[int] = Thinned(most)
    for index in range(count):
        thinned.append(index)
    assert thinned.items() == thinned_indices(count, most) and thinned.count == count


def test_fewer_than_two_points_are_refused() -> None:
    with pytest.raises(ValueError, match="max_points must be 2 or more, got 1"):
        Thinned(1)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_the_loss_is_smoothed_over_the_last_steps(losses: list[float]) -> None:
    history = History(replace(report(step), loss=loss) for step, loss in enumerate(losses, start=1))
    parts = [losses[max(0, end - SMOOTHING_WINDOW) : end] for end in range(1, len(losses) + 1)]
    expected = [sum(part) / len(part) for part in parts]
    assert [point.smoothed for point in history.points] == pytest.approx(expected, abs=1e-9)


def test_only_the_last_evaluation_has_its_confusion_matrix() -> None:
    history = History(map(report, range(1, 13)))
    assert [(each.step, each.confusion) for each in history.evaluations] == [(5, None), (10, COUNTS)]
    assert (history.evaluation_count, history.last.step, len(history)) == (2, 12, 12)
    assert all(each.confusion is None for each in history.kept)


def test_an_empty_history_is_false_and_has_no_last_report() -> None:
    history = History()
    assert not history and history.kept == history.evaluations == []
    with pytest.raises(IndexError, match="no step has been reported yet"):
        _ = history.last


@pytest.mark.slow
def test_a_long_run_takes_little_memory_and_its_curves_little_time() -> None:
    tracemalloc.start()
    history = History(map(report, range(1, 300_001)))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(history) == 300_000 and history.evaluation_count == 60_000
    assert taken < 2_000_000  # B; all the reports would take 100 MB
    started = time.process_time()
    shown = curves(history)
    assert time.process_time() - started < 0.1
    assert len(shown.step) <= MAX_POINTS and len(shown.test_step) <= MAX_POINTS
