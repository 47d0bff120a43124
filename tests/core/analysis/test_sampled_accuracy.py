"""Luck with validation sets: it is that of sets drawn image by image, and that of SciPy's binomial distribution."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from mnist_core.analysis.sampled_accuracy import SIZES, SampledAccuracy, draw_sets, span

IS_RIGHT = torch.arange(1_000) < 920


@pytest.mark.parametrize("size", [50, 1_000])
def test_the_accuracies_are_spread_like_those_of_sets_drawn_image_by_image(size: int) -> None:
    generator = torch.Generator().manual_seed(1)
    drawn = torch.stack(
        [IS_RIGHT[torch.randint(1_000, (size,), generator=generator)].double().mean() for _ in range(4_000)]
    )
    ours = torch.tensor(draw_sets(IS_RIGHT, size).accuracies)
    assert float(ours.mean()) == pytest.approx(float(drawn.mean()), abs=0.003)
    assert float(ours.std()) == pytest.approx(float(drawn.std()), rel=0.06)


@pytest.mark.parametrize("size", SIZES)
def test_the_interval_is_that_of_the_binomial_distribution(size: int) -> None:
    sampled = draw_sets(IS_RIGHT, size)
    low, high = stats.binom.interval(0.95, size, 0.92)
    assert sampled.interval[0] == pytest.approx(low / size, abs=min(1.5 / size, 0.004))
    assert sampled.interval[1] == pytest.approx(high / size, abs=min(1.5 / size, 0.004))


def test_the_rule_comes_close_to_the_interval_of_large_sets() -> None:
    sampled = draw_sets(IS_RIGHT, 5_000)
    assert sampled.margin == pytest.approx(1.96 * math.sqrt(0.92 * 0.08 / 5_000))
    assert (sampled.interval[1] - sampled.interval[0]) / 2 == pytest.approx(sampled.margin, rel=0.06)


@pytest.mark.parametrize("size", SIZES)
def test_the_bars_hold_every_set_and_meet(size: int) -> None:
    sampled = draw_sets(IS_RIGHT, size)
    bars = sampled.bars()
    assert sum(bar.sets for bar in bars) == len(sampled.accuracies)
    assert [bar.high for bar in bars[:-1]] == pytest.approx([bar.low for bar in bars[1:]])
    assert bars[0].low < min(sampled.accuracies) and max(sampled.accuracies) < bars[-1].high


def test_the_bars_of_a_small_example_are_counted_by_hand() -> None:
    bars = SampledAccuracy(50, 0.9, np.array([44, 46, 46, 47])).bars()
    assert [bar.sets for bar in bars] == [1, 0, 2, 1]
    assert bars[0].low == pytest.approx(0.87) and bars[0].high == pytest.approx(0.89)


def test_other_seeds_draw_other_sets() -> None:
    assert draw_sets(IS_RIGHT, 100, seed=1).accuracies == draw_sets(IS_RIGHT, 100, seed=1).accuracies
    assert draw_sets(IS_RIGHT, 100, seed=1).accuracies != draw_sets(IS_RIGHT, 100, seed=2).accuracies


@pytest.mark.parametrize("accuracy", [0.0, 0.1, 0.5, 0.9225, 0.999, 1.0])
def test_the_axis_has_room_for_small_sets(accuracy: float) -> None:
    low, high = span(accuracy)
    worst, best = stats.binom.interval(0.998, 50, accuracy)
    assert 0 <= low <= max(worst, 0) / 50 and best / 50 <= high + 1e-9 <= 1 + 1e-9
    assert low < high


@pytest.mark.parametrize(("count", "size", "sets"), [(0, 5, 5), (5, 0, 5), (5, 5, 0)])
def test_what_cannot_be_drawn_is_refused(count: int, size: int, sets: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        draw_sets(IS_RIGHT[:count], size, sets=sets)
