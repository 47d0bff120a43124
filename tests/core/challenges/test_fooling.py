"""Fooling a model: what counts as a stroke and as ink, by hand and as properties, and each verdict."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.challenges import fooling
from mnist_core.challenges.fooling import (
    MAX_SHARE,
    Attempt,
    Target,
    Verdict,
    added_lines,
    deal,
    ink_of,
    judge,
    score_of,
)
from mnist_core.ink.eraser import erase
from mnist_core.ink.strokes import Strokes
from mnist_core.recognition.predictor import Prediction, load_predictor
from mnist_core.synthetic.splits import standin_splits

BAR = np.array([[60.0, 140.0], [220.0, 140.0]])  # 160 px long
POINT = st.tuples(st.floats(0, 280), st.floats(0, 280))
LINE = st.lists(POINT, min_size=1, max_size=4).map(lambda points: np.array(points, dtype=np.float64))


def stroke(*lines: np.ndarray, brush: float = 20) -> Strokes:
    return Strokes(lines, brush)


TARGET = Target(0, 1, (stroke(BAR),))


def prediction(label: int, *, is_digit: bool = True) -> Prediction:
    return Prediction(label, 0.9, (0.1,) * 10, is_digit, None)


@dataclass(frozen=True)
class Oracle:
    """Stands in for a predictor: it always gives one answer."""

    answer: Prediction

    def predict(self, ink: Strokes) -> Prediction:
        return self.answer


def judged(strokes: tuple[Strokes, ...], label: int = 7, *, is_digit: bool = True) -> Attempt:
    oracle: Any = Oracle(prediction(label, is_digit=is_digit))
    return judge(TARGET, strokes, oracle)


def test_the_ink_of_a_bar_is_its_area_in_pixels_of_10_by_10() -> None:
    expected = (160 * 20 + np.pi * 10**2) / 100  # a rectangle with round ends
    assert ink_of([BAR], 20, 280) == pytest.approx(expected, rel=0.02)
    assert ink_of([], 20, 280) == 0


def test_a_line_over_another_adds_no_ink() -> None:
    assert ink_of([BAR, BAR], 20, 280) == ink_of([BAR], 20, 280)


@given(st.lists(LINE, max_size=4), LINE)
def test_another_line_never_lowers_the_ink(lines: list[np.ndarray], line: np.ndarray) -> None:
    assert 0 <= ink_of(lines, 20, 280) <= ink_of([*lines, line], 20, 280) <= 784


@given(st.lists(LINE, min_size=1, max_size=4))
def test_a_score_orders_by_strokes_first_and_then_by_ink(lines: list[np.ndarray]) -> None:
    def value(strokes: int, ink: float) -> float:
        return score_of(TARGET, Attempt(Verdict.FOOLED, strokes, ink, 100, prediction(7)), "CNN").value

    ink = ink_of(lines, 20, 280)
    assert value(1, 784) < value(2, 0)
    assert value(2, ink) <= value(2, ink + 1) < value(3, ink)


@pytest.mark.parametrize(
    ("line", "label", "is_digit", "verdict"),
    [
        (np.array([[60.0, 60.0], [90.0, 60.0]]), 7, True, Verdict.FOOLED),
        (np.array([[60.0, 60.0], [90.0, 60.0]]), 1, True, Verdict.STILL_READ),
        (np.array([[60.0, 60.0], [90.0, 60.0]]), 7, False, Verdict.NO_DIGIT),
        (np.array([[60.0, 60.0], [160.0, 60.0]]), 7, True, Verdict.TOO_MUCH),
    ],
)
def test_each_verdict(line: np.ndarray, label: int, is_digit: bool, verdict: Verdict) -> None:
    attempt = judged((*TARGET.strokes, stroke(line)), label, is_digit=is_digit)
    assert attempt.verdict is verdict and attempt.strokes == 1
    assert (attempt.share > MAX_SHARE) == (verdict is Verdict.TOO_MUCH)


def test_a_digit_without_more_strokes_is_untouched() -> None:
    attempt = judged(TARGET.strokes)
    assert (attempt.verdict, attempt.strokes, attempt.ink) == (Verdict.UNTOUCHED, 0, 0)


def test_an_erased_digit_does_not_count_but_erasing_an_added_stroke_is_allowed() -> None:
    added = stroke(np.array([[60.0, 40.0], [90.0, 40.0]]))
    on_the_digit = stroke(np.array([[140.0, 140.0]]))
    on_the_stroke = stroke(np.array([[75.0, 40.0]]))
    assert judged(erase((*TARGET.strokes, added), on_the_digit)).verdict is Verdict.ERASED
    assert judged(()).verdict is Verdict.ERASED
    left = judged(erase((*TARGET.strokes, added), on_the_stroke))
    assert left.verdict is Verdict.FOOLED and left.strokes == 2  # its two ends are left


def test_added_lines_are_those_behind_the_digits_own() -> None:
    line = np.array([[10.0, 10.0], [20.0, 20.0]])
    lines = added_lines(TARGET, (*TARGET.strokes, stroke(line)))
    assert lines is not None and len(lines) == 1 and np.array_equal(lines[0], line)
    assert added_lines(TARGET, (stroke(line), *TARGET.strokes)) is None


def test_a_thin_brush_saves_no_ink() -> None:
    line = np.array([[60.0, 60.0], [90.0, 60.0]])
    thin, wide = (judged((*TARGET.strokes, stroke(line, brush=brush))) for brush in (8, 40))
    assert thin == wide


def test_only_an_attempt_that_fools_the_model_has_a_score() -> None:
    fooled = judged((*TARGET.strokes, stroke(np.array([[60.0, 60.0], [90.0, 60.0]]))))
    score = score_of(TARGET, fooled, "CNN")
    assert score.words.startswith("1 stroke, ") and score.detail == "a 1 read as 7 by CNN"
    with pytest.raises(ValueError, match="one that is UNTOUCHED"):
        score_of(TARGET, judged(TARGET.strokes), "CNN")


@pytest.fixture(scope="module")
def dealt() -> list[Target]:
    test, predictor = standin_splits(train=10, test=60)[1], load_predictor("linear")
    targets = [deal(test, predictor, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert all(targets)
    return [target for target in targets if target]


def test_a_digit_is_dealt_that_the_model_reads_right(dealt: list[Target]) -> None:
    predictor = load_predictor("linear")
    for target in dealt:
        attempt = judge(target, target.strokes, predictor)
        assert attempt.verdict is Verdict.UNTOUCHED and attempt.prediction
        assert attempt.prediction.label == target.label and attempt.prediction.is_digit


def test_the_generator_decides_which_digit_is_dealt(dealt: list[Target]) -> None:
    assert dealt[0] == dealt[1] != dealt[2]


def test_a_model_that_reads_nothing_is_dealt_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fooling, "CANDIDATES", 3)
    oracle: Any = Oracle(prediction(-1))
    assert deal(standin_splits(train=10, test=20)[1], oracle, torch.Generator()) is None
