"""The Draw page: what it answers for a drawing, for a photo and for no ink, and what its buttons do."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_core.ink.fabric import fabric_from_strokes
from mnist_core.ink.preprocessing import Recipe
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor

APP = Path(__file__).parents[2] / "app.py"
SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))
HASH = Strokes(tuple(np.array(line, float) for line in ([[100, 50], [100, 230]], [[180, 50], [180, 230]],
                                                       [[50, 100], [230, 100]], [[50, 180], [230, 180]])))  # fmt: skip
STAGES = ["Ink", "Crop", "One thickness", "20 x 20 box", "Centre of mass", "Normalise"]


@pytest.fixture(autouse=True)
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Drawing needs no MNIST."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def run(page: Any) -> AppTest:
    """Run a page, or the page of a widget that was set."""
    shown: AppTest = page.run()
    assert not shown.exception
    return shown


@pytest.fixture(name="opened")
def open_page() -> AppTest:
    """The app as it opens."""
    return run(AppTest.from_file(str(APP), default_timeout=120))


def draw(page: AppTest, strokes: Strokes) -> AppTest:
    """Do what the canvas does when the pen is lifted."""
    key = f"draw_canvas_{page.session_state['session'].canvas}"
    page.session_state[key] = {"drawing": {"raw": fabric_from_strokes(strokes, "#ffffff"), "data": ""}}
    return run(page)


def html(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in page.get("html"))


def answer(page: AppTest) -> str:
    (found,) = re.findall(r'data-testid="answer"[^>]*>([^<]*)<', html(page))
    return found


def rungs(page: AppTest) -> list[tuple[str, int]]:
    """Return every rung's name and the digit that is answered there."""
    return [(rung["name"], int(rung["label"])) for rung in ladder(page)["rungs"]]


def ladder(page: AppTest) -> dict[str, Any]:
    """Return what the ladder shows."""
    (found,) = (each for each in page.get("bidi_component") if each.proto.component_name == "ladder")
    return dict(json.loads(found.proto.json))


def the_reader(name: str = "cnn") -> Predictor:
    return Predictor.of(load_trained(model_folder(name)))


def test_an_empty_canvas_asks_for_a_digit_and_shows_an_example(opened: AppTest) -> None:
    assert answer(opened) == "?" and "Draw a digit, 0 to 9" in html(opened)
    assert "An example" in ladder(opened)["sentence"]
    assert [name for name, _ in rungs(opened)] == STAGES
    assert opened.button(key="draw_undo").disabled and opened.button(key="draw_clear").disabled


@pytest.mark.parametrize(("strokes", "label"), [(SEVEN, "7"), (ONE, "1")])
def test_a_drawing_is_read_as_the_core_reads_it(opened: AppTest, strokes: Strokes, label: str) -> None:
    draw(opened, strokes)
    assert answer(opened) == label
    prediction = the_reader().predict(strokes)
    assert (str(prediction.label), prediction.is_digit) == (label, True)
    spoken = re.findall(r'aria-label="Probabilities, highest first: (\d): ([\d.]+)%', html(opened))
    assert spoken == [(label, f"{prediction.probability * 100:.1f}")]


@pytest.mark.parametrize("model", ["linear", "mlp"])
def test_the_model_in_use_is_the_one_that_reads(opened: AppTest, model: str) -> None:
    opened.selectbox(key="model").set_value(model)
    draw(opened, SEVEN)
    prediction = the_reader(model).predict(SEVEN)
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in html(opened)
    assert opened.query_params["model"] in (model, [model])


def test_what_is_no_digit_is_said_to_be_none(opened: AppTest) -> None:
    assert not the_reader().predict(HASH).is_digit
    draw(opened, HASH)
    assert "probably not a digit" in html(opened)


def test_undo_takes_back_the_last_stroke_and_clear_all(opened: AppTest) -> None:
    draw(opened, Strokes((*ONE.lines, np.array([[40.0, 40], [240, 40]]))))
    assert not opened.button(key="draw_undo").disabled
    opened.button(key="draw_undo").click()
    assert answer(run(opened)) == "1"
    opened.button(key="draw_clear").click()
    assert answer(run(opened)) == "?"
    assert opened.button(key="draw_clear").disabled


def test_undo_takes_back_a_stroke_that_came_with_it(opened: AppTest) -> None:
    draw(opened, ONE)
    key = f"draw_canvas_{opened.session_state['session'].canvas}"
    more = Strokes((*ONE.lines, np.array([[40.0, 40], [240, 40]])))
    opened.session_state[key] = {"drawing": {"raw": fabric_from_strokes(more, "#ffffff"), "data": ""}}
    run(opened.button(key="draw_undo").click())
    assert answer(opened) == "1"
    assert len(opened.session_state["session"].drawing["objects"]) == 1


def test_the_drawing_is_still_there_after_a_visit_to_another_page(opened: AppTest) -> None:
    draw(opened, SEVEN)
    first = opened.session_state["session"].canvas
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    assert answer(opened) == "7"
    assert opened.session_state["session"].canvas == first + 1  # a new canvas that begins with the old drawing
    assert opened.session_state["session"].restored["objects"]


def test_the_ladder_answers_at_every_rung_as_the_core_does(opened: AppTest) -> None:
    draw(opened, SEVEN)
    predictor = the_reader()
    stages = predictor.predict(SEVEN).stages
    assert stages is not None
    labels = [int(rung.argmax()) for rung in predictor.predict_stages(stages).values()]
    assert rungs(opened) == list(zip(STAGES, labels, strict=True))


@pytest.mark.parametrize("step", ["thickness", "box", "centre", "normalise"])
def test_a_step_that_is_switched_off_is_left_out(opened: AppTest, step: str) -> None:
    opened.session_state["session"].left_out = frozenset({step})  # what `state.flip_step` does
    draw(opened, SEVEN)
    choice: dict[str, Any] = {step: False}
    prediction = the_reader().predict(SEVEN, Recipe(**choice))
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in html(opened)


def png(picture: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray((255 - 255 * picture).astype(np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def photo(page: AppTest, content: bytes) -> AppTest:
    run(page.button_group(key="draw_source").set_value("Photo"))
    assert answer(page) == "?"  # until there is a photo
    page.file_uploader(key="draw_photo").set_value(("photo.png", content, "image/png"))
    return run(page)


def test_a_photo_of_a_digit_is_read(opened: AppTest) -> None:
    assert answer(photo(opened, png(rasterise(SEVEN)))) == "7"


def test_a_photo_of_a_row_is_read_digit_by_digit(opened: AppTest) -> None:
    photo(opened, png(np.concatenate([rasterise(SEVEN), rasterise(ONE), rasterise(SEVEN)], axis=1)))
    assert answer(opened) == "717" and "3 digits in a row<" in html(opened)


def test_a_row_with_something_else_in_it_is_doubted(opened: AppTest) -> None:
    photo(opened, png(np.concatenate([rasterise(SEVEN), rasterise(HASH)], axis=1)))
    assert len(answer(opened)) == 2 and "2 digits in a row, but probably not all digits" in html(opened)


def test_every_look_of_the_model_is_shown_and_a_single_one_only_once(opened: AppTest) -> None:
    draw(opened, SEVEN)
    assert [f'alt="look {place}"' in html(opened) for place in (1, 2, 3, 4)] == [True, True, True, False]
    run(opened.selectbox(key="model").set_value("linear"))
    assert 'alt="look 1"' not in html(opened)


def test_a_file_that_is_no_picture_is_refused_in_one_sentence(opened: AppTest) -> None:
    photo(opened, b"not a picture")
    (error,) = opened.error
    assert error.value == "This isn't a readable PNG, JPEG or WebP image."
    assert answer(opened) == "?"
