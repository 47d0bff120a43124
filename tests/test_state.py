"""What the pages remember, as far as it can be asked without a page."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import torch
from made import Miniature
from streamlit.testing.v1 import AppTest

from app_pages import state
from mnist_core.data import MissingDataError
from mnist_core.ink import normalise
from mnist_core.models import MODELS
from mnist_core.storage import model_folder
from mnist_core.strokes import Strokes

APP = Path(__file__).parent.parent / "app.py"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test has its own data folder, so nothing that was read before may be left."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def test_every_model_of_the_core_has_a_name_and_shipped_weights() -> None:
    assert set(state.MODEL_NAMES) == set(MODELS) and state.DEFAULT_MODEL in MODELS
    assert all((model_folder(name) / "model.safetensors").is_file() for name in MODELS)


def test_the_examples_are_ten_digits_that_the_shipped_model_reads() -> None:
    examples: list[Strokes] = state._examples()
    readings = [state.reader_of(state.DEFAULT_MODEL).read(example) for example in examples]
    assert [reading.label for reading in readings] == list(range(10))
    assert all(reading.is_digit for reading in readings)


def test_a_name_that_nobody_knows_gives_the_shipped_default() -> None:
    assert state.reader_of("cnn-000000").model is state.shipped(state.DEFAULT_MODEL).model
    assert state.reader_of("linear").model is state.shipped("linear").model


def test_a_split_is_read_once_and_shared(miniature: Miniature) -> None:
    assert state.load_split("test") is state.load_split("test")
    assert torch.equal(state.load_split("test").images, miniature.test.images)


def test_a_missing_split_is_asked_for_again(
    miniature: Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "none"))
    with pytest.raises(MissingDataError):
        state.load_split("test")
    monkeypatch.setenv("MNIST_ROOT", str(miniature.root))
    assert len(state.load_split("test")) == 100


def test_predictions_are_probabilities_of_the_whole_test_split(miniature: Miniature) -> None:
    found = state.predictions("linear")
    assert found.shape == (100, 10)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(100))
    assert state.predictions("linear") is found  # once a model


@pytest.mark.parametrize(("query", "model"), [({}, "cnn"), ({"model": "mlp"}, "mlp"), ({"model": "forest"}, "cnn")])
def test_the_address_names_the_model(query: dict[str, Any], model: str) -> None:
    page = opened(**query)
    assert page.selectbox(key="model").value == model
    assert page.query_params["model"] in (model, [model])


def test_two_visitors_have_two_sessions() -> None:
    one, other = (opened().session_state["session"] for _ in range(2))
    assert one.visitor != other.visitor


def test_predictions_of_a_split_are_its_own(miniature: Miniature) -> None:
    train, test = state.predictions("linear", "train"), state.predictions("linear")
    assert (len(train), len(test)) == (len(miniature.train), len(miniature.test))
    expected = state.reader_of("linear").probabilities(normalise(miniature.train.images))
    torch.testing.assert_close(train, expected, atol=1e-5, rtol=1e-4)


def test_answers_are_the_same_before_and_after_the_whole_split_was_seen(miniature: Miniature) -> None:
    numbers = torch.tensor([5, 3, 99])
    before = state.answers("test", numbers)
    assert not state._surveys().of("cnn", miniature.test).survey.done
    state.look_ahead()
    deadline = time.monotonic() + 30
    while not state._surveys().of("cnn", miniature.test).survey.is_done:  # another thread looks
        assert time.monotonic() < deadline
        time.sleep(0.01)
    torch.testing.assert_close(state.answers("test", numbers), before, atol=1e-5, rtol=1e-4)


def test_only_the_last_few_surveys_are_kept(miniature: Miniature) -> None:
    first = state._surveys().of("linear", miniature.test)
    assert state._surveys().of("linear", miniature.test) is first
    for model in ("mlp", "cnn"):
        for split in (miniature.test, miniature.train):
            state._surveys().of(model, split)
    assert len(state._surveys().kept) == state.KEPT_SURVEYS
    assert state._surveys().of("linear", miniature.test) is not first
