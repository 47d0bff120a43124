"""What a visitor chose: the model that the address names, in a session of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app_pages.state import own_runs, resources
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder

APP = Path(__file__).parents[2] / "app.py"


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
    assert set(own_runs.MODEL_NAMES) == set(MODELS) and resources.DEFAULT_MODEL in MODELS
    assert all((model_folder(name) / "model.safetensors").is_file() for name in MODELS)


@pytest.mark.parametrize(("query", "model"), [({}, "cnn"), ({"model": "mlp"}, "mlp"), ({"model": "forest"}, "cnn")])
def test_the_address_names_the_model(query: dict[str, Any], model: str) -> None:
    page = opened(**query)
    assert page.selectbox(key="model").value == model
    assert page.query_params["model"] in (model, [model])


def test_two_visitors_have_two_sessions() -> None:
    one, other = (opened().session_state["session"] for _ in range(2))
    assert one.visitor != other.visitor
