"""What a visitor did and chose: the model that the URL names, and the drawing, in a session of their own."""

import numpy as np
import pytest

from app_pages.state import own_runs, resources
from app_pages.state.session import Session
from mnist_core.ink.strokes import Strokes
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder
from tests.pages.opening import open_page


def test_every_model_has_a_label_and_shipped_weights() -> None:
    assert set(own_runs.MODEL_NAMES) == set(MODELS) and resources.DEFAULT_MODEL in MODELS
    assert all((model_folder(name) / "model.safetensors").is_file() for name in MODELS)


@pytest.mark.parametrize(("query", "model"), [({}, "cnn"), ({"model": "mlp"}, "mlp"), ({"model": "forest"}, "cnn")])
def test_the_url_names_the_model(query: dict[str, str], model: str) -> None:
    page = open_page(**query)
    assert page.selectbox(key="model").value == model
    assert page.query_params["model"] in (model, [model])


def test_two_visitors_have_two_sessions() -> None:
    one, other = (open_page().session_state["session"] for _ in range(2))
    assert one.visitor != other.visitor


def test_a_drawing_keeps_each_stroke_and_is_read_at_the_width_of_the_widest_brush() -> None:
    lines = np.array([[80.0, 70], [190, 70]]), np.array([[190.0, 70], [120, 220]])
    state = Session(strokes=(Strokes(lines[:1], brush=12), Strokes(lines[1:], brush=30)))
    assert state.drawing is not None
    assert state.drawing.brush == 30 and len(state.drawing.lines) == 2


def test_a_drawing_that_is_set_becomes_one_stroke_per_line() -> None:
    lines = np.array([[80.0, 70], [190, 70]]), np.array([[190.0, 70], [120, 220]])
    state = Session()
    state.drawing = Strokes(lines, brush=12)
    assert [stroke.brush for stroke in state.strokes] == [12, 12]
    state.drawing = None
    assert state.strokes == () and state.drawing is None
