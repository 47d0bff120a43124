"""What all visitors share, as far as it can be asked without a page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
import torch

from app_pages.state import resources
from mnist_core.data.split import MissingDataError
from mnist_core.ink.strokes import Strokes
from tests.made import Miniature


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_the_examples_are_ten_digits_that_the_shipped_model_reads() -> None:
    examples: list[Strokes] = resources.examples()
    digits = [resources.predictor_for(resources.DEFAULT_MODEL).predict(example) for example in examples]
    assert [prediction.label for prediction in digits] == list(range(10))
    assert all(prediction.is_digit for prediction in digits)


def test_a_name_that_nobody_knows_gives_the_shipped_default() -> None:
    assert resources.predictor_for("cnn-000000").model is resources.shipped_model(resources.DEFAULT_MODEL).model
    assert resources.predictor_for("linear").model is resources.shipped_model("linear").model


def test_a_split_is_read_once_and_shared(miniature: Miniature) -> None:
    assert resources.load_split("test") is resources.load_split("test")
    assert torch.equal(resources.load_split("test").images, miniature.test.images)


def test_a_missing_split_is_asked_for_again(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "none"))
    with pytest.raises(MissingDataError):
        resources.load_split("test")
    monkeypatch.setenv("MNIST_ROOT", str(miniature.root))
    assert len(resources.load_split("test")) == 100
