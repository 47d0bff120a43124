"""The example run that the Train page shows before the first run."""

import pytest

from app_pages.training.example import shipped_curves
from mnist_core.models.networks import MODELS
from mnist_core.runs.history import MAX_POINTS


@pytest.mark.parametrize("model", list(MODELS))
def test_the_example_is_as_thin_as_the_curves_of_a_run(model: str) -> None:
    example = shipped_curves(model)
    assert 0 < len(example.step) <= MAX_POINTS and 0 < len(example.accuracy) <= MAX_POINTS
