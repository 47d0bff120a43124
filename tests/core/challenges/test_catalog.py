"""The challenges say what their rules are, and a CNN can do what one of them asks for."""

import math

import pytest

from mnist_core.challenges import fooling, run_entries, unusual
from mnist_core.challenges.catalog import CHALLENGES
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import parameter_count


def test_there_are_the_four_challenges() -> None:
    assert list(CHALLENGES) == ["fool", "fast", "small", "worst"]
    assert all(key == challenge.key for key, challenge in CHALLENGES.items())


@pytest.mark.parametrize("challenge", CHALLENGES.values(), ids=list(CHALLENGES))
def test_each_has_a_task_of_one_sentence_a_measure_a_lesson_and_a_hint(challenge: object) -> None:
    words = vars(challenge)
    assert words["task"].count(".") == 1 and words["task"].endswith(".")
    assert words["measured"].startswith("**Score:**")
    assert words["lesson"].endswith(".") and words["hint"].endswith((".", "?"))


@pytest.mark.parametrize(
    ("key", "bound"),
    [
        ("fool", f"{fooling.MAX_SHARE:.0%}"),
        ("fast", f"{run_entries.MAX_SECONDS:.0f} seconds"),
        ("small", f"{run_entries.MIN_ACCURACY:.0%}"),
        ("worst", f"{unusual.MIN_PROBABILITY:.0%}"),
    ],
)
def test_the_bounds_are_those_that_are_checked(key: str, bound: str) -> None:
    assert bound in CHALLENGES[key].task + CHALLENGES[key].measured


def test_the_sizes_that_the_lesson_compares_are_those_of_the_smallest_models() -> None:
    cnn, mlp = (parameter_count(TrainConfig(model, width=4, depth=1).build_model()) for model in ("cnn", "mlp"))
    assert (round(cnn, -3), round(mlp, -3)) == (3_000, 25_000)
    assert "3,000" in CHALLENGES["small"].lesson and "25,000" in CHALLENGES["small"].lesson


def test_the_luck_that_the_lesson_names_is_the_standard_deviation_of_a_share() -> None:
    points = 100 * math.sqrt(0.99 * 0.01 / 6000)
    assert f"{points:.2f} percentage points" in CHALLENGES["fast"].lesson
    assert "6,000 images at 99%" in CHALLENGES["fast"].lesson
