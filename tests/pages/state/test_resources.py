"""What the process keeps and all visitors share."""

from pathlib import Path

import pytest
import torch

from app_pages.state import resources
from app_pages.state.examples import examples
from mnist_core.data.split import MissingDataError
from mnist_core.ink.strokes import Strokes
from mnist_core.runs.limits import Limits
from tests.made import Miniature


def test_the_shipped_model_reads_each_of_the_ten_examples() -> None:
    drawings: list[Strokes] = examples()
    digits = [resources.predictor_for(resources.DEFAULT_MODEL).predict(example) for example in drawings]
    assert [prediction.label for prediction in digits] == list(range(10))
    assert all(prediction.is_digit for prediction in digits)


def test_an_unknown_model_name_gives_the_default_model() -> None:
    assert resources.predictor_for("cnn-000000").model is resources.shipped_model(resources.DEFAULT_MODEL).model
    assert resources.predictor_for("linear").model is resources.shipped_model("linear").model


def test_a_split_is_loaded_once_and_shared(miniature: Miniature) -> None:
    assert resources.load_split("test") is resources.load_split("test")
    assert torch.equal(resources.load_split("test").images, miniature.test.images)


def test_a_missing_split_is_loaded_once_its_files_are_there(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "none"))
    with pytest.raises(MissingDataError):
        resources.load_split("test")
    monkeypatch.setenv("MNIST_ROOT", str(miniature.root))
    assert len(resources.load_split("test")) == 100


def test_the_limits_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in resources.LIMITS.values():
        monkeypatch.delenv(name, raising=False)
    assert resources.run_limits() == Limits()
    for number, name in enumerate(resources.LIMITS.values(), start=1):
        monkeypatch.setenv(name, f"{number}.5")
    assert resources.run_limits() == Limits(steps=1, hours=2.5, owner_mb=3, total_mb=4, free_mb=5)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e9", "many", "9" * 5_000, "\u0663"])
def test_a_limit_that_is_no_number_is_logged_and_left_out(
    text: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RUN_MAX_STEPS", text)
    assert resources.run_limits() == Limits()
    assert "RUN_MAX_STEPS must be a number above 0" in caplog.text
