"""The Draw page: its answers for a drawing, for a photo and for no ink, and what its buttons do."""

import base64
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_pages.state.examples import EXAMPLES
from app_pages.state.session import Session
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.preprocessing import Recipe
from mnist_core.ink.strokes import MAX_POINTS, Strokes, parse_strokes, rasterise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor
from tests.fabric import fabric_from_strokes
from tests.pages.opening import address_of, components, open_page, run

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


def panel(page: AppTest) -> dict[str, Any]:
    """Return what the answer panel shows."""
    (component,) = components(page, "answer_panel")
    return dict(json.loads(component.proto.json))


def first_model(page: AppTest) -> dict[str, Any]:
    """Return what the panel shows of the active model."""
    return dict(panel(page)["models"][0])


def answer(page: AppTest) -> str:
    model = first_model(page)
    return "".join(digit["label"] for digit in model["digits"]) or str(model["answer"])


def comment(page: AppTest) -> str:
    return str(first_model(page)["comment"])


def highest(page: AppTest) -> str:
    """Return how the ten probabilities are described."""
    return str(first_model(page)["digits"][0]["description"])


def stages(page: AppTest) -> list[tuple[str, int]]:
    """Return every stage's name and the model's answer there."""
    return [(stage["name"], int(stage["label"])) for stage in ladder(page)["stages"]]


def canvas_data(page: AppTest) -> dict[str, Any]:
    """Return what the canvas is told to show."""
    (component,) = components(page, "canvas_controls")
    return dict(json.loads(component.proto.json))


def write_example(page: AppTest, digit: int) -> AppTest:
    """Have an example written, as the key of a digit does."""
    state(page).drawing = parse_strokes(EXAMPLES.read_text("utf-8").splitlines()[digit])
    state(page).initial_strokes = state(page).strokes
    state(page).canvas += 1
    return run(page)


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


def test_on_arrival_an_example_is_read_while_it_is_written(opened: AppTest) -> None:
    example = canvas_data(opened)["example"]
    assert (canvas_data(opened)["is_blank"], canvas_data(opened)["plays"]) == (True, True)
    strokes = Strokes(tuple(np.array(line) for line in example["lines"]), example["brush"])
    label = str(shipped_predictor().predict(strokes).label)
    assert first_model(opened)["name"] == "An example" and answer(opened) == label
    frames = panel(opened)["frames"]
    assert len(frames) == example["frames"] + 1
    assert frames[-1]["models"] == panel(opened)["models"] != frames[1]["models"]
    assert frames[0]["models"][0]["tone"] != "answer"  # the first touch of the pen is no digit
    assert panel(opened)["blank"]["models"][0]["comment"] == "Draw a digit, 0 to 9"
    assert "This is an example" in ladder(opened)["sentence"]
    assert [name for name, _ in stages(opened)] == STAGES


def test_after_the_first_stroke_the_canvas_has_only_a_ghost_until_the_next_visit(opened: AppTest) -> None:
    draw(opened, SEVEN)
    assert not canvas_data(opened)["is_blank"]
    draw(opened)
    assert (canvas_data(opened)["is_blank"], canvas_data(opened)["plays"]) == (True, False)
    assert answer(opened) == "?" and comment(opened) == "Draw a digit, 0 to 9"
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    assert canvas_data(opened)["plays"] and first_model(opened)["name"] == "An example"


def test_a_digit_key_writes_an_example_of_that_digit(opened: AppTest) -> None:
    write_example(opened, 5)
    assert answer(opened) == "5" and "This is an example" not in ladder(opened)["sentence"]


@pytest.mark.parametrize(("strokes", "label"), [(SEVEN, "7"), (ONE, "1")])
def test_a_drawing_is_read_as_the_core_reads_it(opened: AppTest, strokes: Strokes, label: str) -> None:
    draw(opened, strokes)
    assert answer(opened) == label
    prediction = shipped_predictor().predict(strokes)
    assert (str(prediction.label), prediction.is_digit) == (label, True)
    assert highest(opened).startswith(f"Probabilities, highest first: {label}: {prediction.probability:.1%},")


@pytest.mark.parametrize("model", ["linear", "mlp"])
def test_the_model_in_use_gives_the_answer(opened: AppTest, model: str) -> None:
    opened.selectbox(key="model").set_value(model)
    draw(opened, SEVEN)
    prediction = shipped_predictor(model).predict(SEVEN)
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in highest(opened)
    assert address_of(opened) == {"model": [model]}


def test_the_page_says_when_a_drawing_is_probably_not_a_digit(opened: AppTest) -> None:
    assert not shipped_predictor().predict(HASH).is_digit
    draw(opened, HASH)
    assert (first_model(opened)["tone"], comment(opened)) == ("doubt", "Probably not a digit")


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
        run(opened)
        assert canvas_data(opened)["is_blank"]


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
    opened.session_state["draw_controls"] = {"removed": {"canvas": state(opened).canvas_key, "count": 1}}
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
    assert f"highest first: {prediction.label}: {prediction.probability:.1%}" in highest(opened)


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
    assert comment(opened) == "Add a photo"
    upload(opened, png(np.zeros((280, 280))))
    assert answer(opened) == "?" and comment(opened).startswith("No digit found")


def test_a_photo_of_a_row_is_read_digit_by_digit(opened: AppTest) -> None:
    upload(opened, png(np.concatenate([rasterise(SEVEN), rasterise(ONE), rasterise(SEVEN)], axis=1)))
    assert answer(opened) == "717" and comment(opened) == "3 digits in a row."


def test_the_page_says_when_a_row_probably_holds_more_than_digits(opened: AppTest) -> None:
    upload(opened, png(np.concatenate([rasterise(SEVEN), rasterise(HASH)], axis=1)))
    assert len(answer(opened)) == 2
    assert comment(opened) == "2 digits in a row, but probably not all of them are digits."


def test_every_view_of_the_model_is_shown_and_a_single_one_only_once(opened: AppTest) -> None:
    draw(opened, SEVEN)
    (seen,) = panel(opened)["inputs"]
    assert len(set(seen["views"])) == 3
    assert "The model looks three times" in seen["caption"]
    run(opened.selectbox(key="model").set_value("linear"))
    (seen,) = panel(opened)["inputs"]
    assert seen["views"] == [] and "looks" not in seen["caption"]


def test_two_models_answer_side_by_side(opened: AppTest) -> None:
    draw(opened, SEVEN)
    run(opened.selectbox(key="draw_second").set_value("linear"))
    models = panel(opened)["models"]
    assert [model["name"] for model in models] == ["CNN (shipped)", "Linear (shipped)"]
    for model, name in zip(models, ("cnn", "linear"), strict=True):
        prediction = shipped_predictor(name).predict(SEVEN)
        np.testing.assert_allclose(model["digits"][0]["probabilities"], prediction.probabilities, atol=1e-6)
    run(opened.selectbox(key="model").set_value("linear"))  # a model is not compared with itself
    assert len(panel(opened)["models"]) == 1


def test_the_steps_are_worded_for_what_came_in(opened: AppTest) -> None:
    upload(opened, png(rasterise(SEVEN)))
    assert "photo" in ladder(opened)["stages"][0]["description"]
    assert "brush" not in ladder(opened)["stages"][2]["description"]


def test_the_tensor_is_shown_with_its_scale_unless_it_is_not_normalised(opened: AppTest) -> None:
    draw(opened, SEVEN)
    assert [stage["scale"] for stage in ladder(opened)["stages"]] == [[]] * 5 + [["-0.42", "2.82"]]
    assert ladder(opened)["stages"][4]["image"] != ladder(opened)["stages"][5]["image"]
    state(opened).disabled_steps = frozenset({"normalise"})
    run(opened)
    assert ladder(opened)["stages"][5]["scale"] == []


def test_a_file_that_is_no_image_is_refused_in_one_sentence(opened: AppTest) -> None:
    upload(opened, b"not an image")
    assert comment(opened) == "This isn't a readable PNG, JPEG or WebP image."
    assert answer(opened) == "?"


def test_a_drawing_does_not_grow_beyond_its_bound_over_several_visits(opened: AppTest) -> None:
    long = Strokes((np.linspace([40.0, 40], [240, 240], MAX_POINTS // 2 + 1),))
    for _ in range(2):
        draw(opened, long)
        run(opened.switch_page("app_pages/learn.py"))
        run(opened.switch_page("app_pages/draw.py"))
    assert len(state(opened).strokes) == 1


def test_digits_side_by_side_are_read_as_a_number(opened: AppTest) -> None:
    draw(opened, moved(SEVEN, -60), moved(ONE, 90))
    assert answer(opened) == "71" and comment(opened) == "2 digits in a row."
    assert len(panel(opened)["inputs"]) == 2
    assert ladder(opened)["stages"][0]["description"] == "The whole canvas; this digit is bright"
    opened.session_state["draw_panel"] = {"place": 1}
    before = ladder(opened)["stages"]
    after = ladder(run(opened))["stages"]
    assert [stage["label"] for stage in (before[-1], after[-1])] == ["7", "1"]
    assert before[0]["image"] != after[0]["image"]


def moved(strokes: Strokes, dx: float) -> Strokes:
    """Return strokes made smaller and moved to the side."""
    return strokes.transformed(0.6, 56 + dx, 56, 12, strokes.size)


def test_the_eraser_takes_ink_away_also_from_strokes_of_before(opened: AppTest) -> None:
    draw(opened, SEVEN)
    run(opened.switch_page("app_pages/learn.py"))
    run(opened.switch_page("app_pages/draw.py"))
    (tool,) = (each for each in opened.button_group if each.key == "draw_tool")
    run(tool.set_value("Eraser"))
    (shown,) = components(opened, "drawable_canvas")
    assert json.loads(shown.proto.json)["strokeColor"] == "#000000"
    top = Strokes((np.array([[60.0, 70], [210, 70]]),), brush=40)
    erased = fabric_from_strokes(top, "#000000")
    opened.session_state[state(opened).canvas_key] = {"drawing": {"raw": erased, "data": ""}}
    run(opened)
    drawing = state(opened).drawing
    assert drawing is not None and drawing.bounds()[1] >= 89  # the bar at the top is gone
    assert answer(opened) == "1"


def test_a_link_opens_with_the_drawing_and_its_answer(opened: AppTest) -> None:
    draw(opened, SEVEN)
    shared = link_of(opened)
    query = dict(parse_qsl(urlsplit(shared).query))
    assert len(shared) <= 2_000 and query["model"] == "cnn"
    other = open_page(**query)
    assert answer(other) == "7"
    assert highest(other) == highest(opened)
    draw(other, ONE)  # the link does not come back over what is drawn since
    assert len(state(other).strokes) == 2


def link_of(page: AppTest) -> str:
    """Return the link that the page offers."""
    popover = next(each for each in page.get("popover") if each.proto.popover.label == "Share")
    page.session_state["draw_share"] = True
    assert popover is not None
    return str(run(page).code[0].value)


@pytest.mark.parametrize("text", ["x", "1", "1AA", "9" * 30, "1" + "A" * 3_000, "\\0"])
def test_a_link_that_cannot_be_read_says_so_and_the_page_works(text: str) -> None:
    page = open_page(drawing=text)
    assert [each.value for each in page.warning] == [] if text == "1" else len(page.warning) == 1
    assert all(each.value.endswith(".") and len(each.value) < 160 for each in page.warning)
    assert answer(draw(page, SEVEN)) == "7"
