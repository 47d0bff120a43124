"""The Draw page: its answers for a drawing, for a photo and for no ink, and what its buttons do."""

import base64
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.state.session import Session
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.preprocessing import Recipe
from mnist_core.ink.strokes import MAX_POINTS, Strokes, rasterise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor
from tests.fabric import fabric_from_strokes
from tests.pages.opening import components, html_of, open_page, run

SEVEN = Strokes((np.array([[80.0, 70], [190, 70], [120, 220]]),))
ONE = Strokes((np.array([[150.0, 60], [135, 220]]),))
HASH = Strokes(tuple(np.array(line, float) for line in ([[100, 50], [100, 230]], [[180, 50], [180, 230]],
                                                       [[50, 100], [230, 100]], [[50, 180], [230, 180]])))  # fmt: skip
BAR = Strokes((np.array([[40.0, 40], [240, 40]]),))
CURVE = [["M", 80.3, 70.7], ["Q", 150.2, 40.1, 190.9, 70.3], ["Q", 170.6, 150.4, 120.5, 220.8], ["L", 118.2, 225.1]]
STAGES = ["Ink", "Crop", "One thickness", "20 × 20 box", "Centre of mass", "Normalise"]


@pytest.fixture(autouse=True)
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing needs no MNIST."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))


@pytest.fixture
def opened() -> AppTest:
    """The app as it opens."""
    return open_page()


def send(page: AppTest, strokes: Sequence[Strokes]) -> None:
    """Send the whole drawing, as the canvas does when the pen is lifted; each of the strokes has its own brush."""
    paths = [path for each in strokes for path in fabric_from_strokes(each, "#ffffff")["objects"]]
    page.session_state[state(page).canvas_key] = {"drawing": {"raw": {"objects": paths}, "data": ""}}


def draw(page: AppTest, *strokes: Strokes) -> AppTest:
    """Send a drawing, and run the page."""
    send(page, strokes)
    return run(page)


def state(page: AppTest) -> Session:
    session: Session = page.session_state["session"]
    return session


def html(page: AppTest) -> str:
    return "\n".join(html_of(page))


def answer(page: AppTest) -> str:
    (text,) = re.findall(r'data-testid="answer"[^>]*>([^<]*)<', html(page))
    return str(text)


def stages(page: AppTest) -> list[tuple[str, int]]:
    """Return every stage's name and the model's answer there."""
    return [(stage["name"], int(stage["label"])) for stage in ladder(page)["stages"]]


def background(page: AppTest) -> str:
    """Return the SVG behind the canvas."""
    (shown,) = components(page, "drawable_canvas")
    return base64.b64decode(json.loads(shown.proto.json)["backgroundImageURL"].split(",")[1]).decode()


def ladder(page: AppTest) -> dict[str, Any]:
    """Return what the ladder of stages shows."""
    (component,) = components(page, "stage_ladder")
    return dict(json.loads(component.proto.json))


def shipped_predictor(name: str = "cnn") -> Predictor:
    return Predictor.of(load_trained(model_folder(name)))


def test_an_empty_canvas_asks_for_a_digit_and_shows_an_example(opened: AppTest) -> None:
    assert answer(opened) == "?" and "Draw a digit, 0 to 9" in html(opened)
    assert "This is an example" in ladder(opened)["sentence"]
    assert [name for name, _ in stages(opened)] == STAGES


@pytest.mark.parametrize(("strokes", "label"), [(SEVEN, "7"), (ONE, "1")])
def test_a_drawing_is_read_as_the_core_reads_it(opened: AppTest, strokes: Strokes, label: str) -> None:
    draw(opened, strokes)
    assert answer(opened) == label
    prediction = shipped_predictor().predict(strokes)
    assert (str(prediction.label), prediction.is_digit) == (label, True)
    highest = re.findall(r'aria-label="Probabilities, highest first: (\d): ([\d.]+)%', html(opened))
    assert highest == [(label, f"{prediction.probability * 100:.1f}")]


@pytest.mark.parametrize("model", ["linear", "mlp"])
def test_the_model_in_use_gives_the_answer(opened: AppTest, model: str) -> None:
    opened.selectbox(key="model").set_value(model)
    draw(opened, SEVEN)
    prediction = shipped_predictor(model).predict(SEVEN)
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in html(opened)
    assert opened.query_params["model"] in (model, [model])


def test_the_page_says_when_a_drawing_is_probably_not_a_digit(opened: AppTest) -> None:
    assert not shipped_predictor().predict(HASH).is_digit
    draw(opened, HASH)
    assert "probably not a digit" in html(opened)


def test_undo_removes_the_last_stroke_and_clear_removes_all(opened: AppTest) -> None:
    draw(opened, ONE, BAR)
    opened.button(key="draw_undo").click()
    assert answer(run(opened)) == "1"
    opened.button(key="draw_clear").click()
    assert answer(run(opened)) == "?"


def test_undo_and_clear_of_a_blank_canvas_leave_it_blank(opened: AppTest) -> None:
    for name in ("undo", "clear"):
        assert not opened.button(key=f"draw_{name}").disabled  # the next press may come before the answer does
        opened.button(key=f"draw_{name}").click()
        assert answer(run(opened)) == "?"


def test_undo_removes_a_stroke_that_was_sent_together_with_the_click(opened: AppTest) -> None:
    draw(opened, ONE)
    send(opened, [ONE, BAR])
    run(opened.button(key="draw_undo").click())
    assert answer(opened) == "1"
    assert len(state(opened).strokes) == 1


def test_undo_of_the_widest_stroke_leaves_the_others_at_their_own_width(opened: AppTest) -> None:
    draw(opened, replace(ONE, brush=12), replace(BAR, brush=40))
    run(opened.button(key="draw_undo").click())
    drawing = state(opened).drawing
    assert drawing is not None and drawing.brush == 12 and len(drawing.lines) == 1


def test_a_drawing_sent_again_by_a_new_canvas_is_read_as_before() -> None:
    drawn = strokes_from_fabric({"objects": [{"type": "path", "strokeWidth": 15, "path": CURVE}]})
    again = strokes_from_fabric(fabric_from_strokes(drawn, "#ffffff"))
    before, after = (shipped_predictor().predict(strokes) for strokes in (drawn, again))
    assert before.label == after.label
    np.testing.assert_allclose(before.probabilities, after.probabilities, atol=1e-3)


def test_the_drawing_is_still_there_after_a_visit_to_another_page(opened: AppTest) -> None:
    draw(opened, SEVEN)
    first = state(opened).canvas
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    assert answer(opened) == "7"
    assert state(opened).canvas == first + 1  # a new canvas that begins with the old drawing
    assert state(opened).initial_strokes == state(opened).strokes != ()


def test_a_new_canvas_shows_each_stroke_at_its_own_width(opened: AppTest) -> None:
    draw(opened, replace(ONE, brush=12), replace(BAR, brush=40))
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    assert re.findall(r'stroke-width="(\d+)"', background(opened)) == ["12", "40"]


def test_strokes_removed_from_the_background_are_gone_and_those_drawn_since_are_kept(opened: AppTest) -> None:
    draw(opened, ONE, replace(BAR, brush=40))
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    send(opened, [replace(BAR, brush=30)])
    opened.session_state["draw_presses"] = {"removed": {"canvas": state(opened).canvas_key, "count": 1}}
    run(opened)
    assert [stroke.brush for stroke in state(opened).strokes] == [ONE.brush, 30]
    assert re.findall(r'stroke-width="(\d+)"', background(opened)) == ["20"]


def test_the_drawing_is_still_there_after_a_look_at_another_source(opened: AppTest) -> None:
    draw(opened, ONE, BAR)
    drawn = state(opened).strokes
    for chosen in ("Photo", "Canvas"):
        (source,) = (each for each in opened.button_group if each.key == "draw_source")
        run(source.set_value(chosen))
    assert state(opened).initial_strokes == state(opened).strokes == drawn


def test_the_answer_at_every_stage_is_the_core_s(opened: AppTest) -> None:
    draw(opened, SEVEN)
    predictor = shipped_predictor()
    seven = predictor.predict(SEVEN).stages
    assert seven is not None
    labels = [int(probabilities.argmax()) for probabilities in predictor.predict_stages(seven).values()]
    assert stages(opened) == list(zip(STAGES, labels, strict=True))


@pytest.mark.parametrize("step", ["thickness", "box", "centre", "normalise"])
def test_a_step_that_is_switched_off_is_left_out(opened: AppTest, step: str) -> None:
    state(opened).disabled_steps = frozenset({step})  # as `canvas.toggle_step` does
    draw(opened, SEVEN)
    choice: dict[str, Any] = {step: False}
    prediction = shipped_predictor().predict(SEVEN, Recipe(**choice))
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in html(opened)


def png(ink: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray((255 - 255 * ink).astype(np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def upload(page: AppTest, content: bytes) -> AppTest:
    run(page.button_group(key="draw_source").set_value("Photo"))
    assert answer(page) == "?"  # until there is a photo
    page.file_uploader(key="draw_photo").set_value(("photo.png", content, "image/png"))
    return run(page)


def test_a_photo_of_a_digit_is_read(opened: AppTest) -> None:
    assert answer(upload(opened, png(rasterise(SEVEN)))) == "7"


def test_without_a_photo_the_page_asks_for_one_and_a_blank_photo_has_no_digit(opened: AppTest) -> None:
    run(opened.button_group(key="draw_source").set_value("Photo"))
    assert "Add a photo<" in html(opened) and "Draw a digit, 0 to 9" not in html(opened)
    upload(opened, png(np.zeros((280, 280))))
    assert answer(opened) == "?" and "No digit found<" in html(opened)


def test_a_photo_of_a_row_is_read_digit_by_digit(opened: AppTest) -> None:
    upload(opened, png(np.concatenate([rasterise(SEVEN), rasterise(ONE), rasterise(SEVEN)], axis=1)))
    assert answer(opened) == "717" and "3 digits in a row<" in html(opened)


def test_the_page_says_when_a_row_probably_holds_more_than_digits(opened: AppTest) -> None:
    upload(opened, png(np.concatenate([rasterise(SEVEN), rasterise(HASH)], axis=1)))
    assert len(answer(opened)) == 2 and "2 digits in a row, but probably not all of them are digits" in html(opened)


def test_every_view_of_the_model_is_shown_and_a_single_one_only_once(opened: AppTest) -> None:
    draw(opened, SEVEN)
    assert [f'alt="view {place}"' in html(opened) for place in (1, 2, 3, 4)] == [True, True, True, False]
    assert "The model looks three times" in html(opened)
    run(opened.selectbox(key="model").set_value("linear"))
    assert 'alt="view 1"' not in html(opened)


def test_a_file_that_is_no_image_is_refused_in_one_sentence(opened: AppTest) -> None:
    upload(opened, b"not an image")
    (error,) = opened.error
    assert error.value == "This isn't a readable PNG, JPEG or WebP image."
    assert answer(opened) == "?"


def test_a_drawing_does_not_grow_beyond_its_bound_over_several_visits(opened: AppTest) -> None:
    long = Strokes((np.linspace([40.0, 40], [240, 240], MAX_POINTS // 2 + 1),))
    for _ in range(2):
        draw(opened, long)
        run(opened.switch_page("app_pages/learn.py"))
        run(opened.switch_page("app_pages/draw.py"))
    assert len(state(opened).strokes) == 1
