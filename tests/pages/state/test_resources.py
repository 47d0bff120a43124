"""What the process keeps and all visitors share."""

from pathlib import Path

import pytest
import torch

from app_pages.state import resources
from mnist_core.data.split import MissingDataError
from mnist_core.ink.strokes import Strokes
from tests.made import Miniature


def test_the_shipped_model_reads_each_of_the_ten_examples() -> None:
    examples: list[Strokes] = resources.examples()
    digits = [resources.predictor_for(resources.DEFAULT_MODEL).predict(example) for example in examples]
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
