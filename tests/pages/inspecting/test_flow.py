"""The flow on the Inside page: what is sent to the browser, and what a click and a link choose."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from app_pages.inspecting.flow import activation_table, degrees, strongest
from mnist_core.analysis.activations import Flow, Operation, Stage, trace
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.paths import ASSETS
from mnist_core.recognition.predictor import load_predictor
from tests.pages.opening import address_of, components, open_page, run
from tests.pages.sending import send


def shown(page: AppTest, name: str) -> dict[str, Any]:
    (panel,) = components(page, name)
    data: dict[str, Any] = json.loads(panel.proto.json)
    return data


def send_from(page: AppTest, name: str, **event: object) -> AppTest:
    """Run the page as after a component's event with a value."""
    (panel,) = components(page, name)
    events = [{"event": event, "value": value} for event, value in event.items()]
    widget = SimpleNamespace(id=_make_trigger_id(panel.proto.id, "events"))
    return send(page, widget, json_trigger_value=json.dumps(events))


def parts(page: AppTest) -> list[dict[str, Any]]:
    return [part for block in shown(page, "flow_panel")["blocks"] for part in block["parts"]]


def flow_of(model: str, example: int) -> Flow:
    """What torch makes of an example drawing."""
    predictor = load_predictor(model)
    lines = (ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    stages = preprocess(parse_strokes(lines[example]))
    assert stages
    return trace(predictor.model, stages.tensor, predictor.temperature)


def example_on(page: AppTest) -> int:
    """The number of the example that the page shows: each has another answer in another picture."""
    packed = parts(page)[0]["values"]
    for number in range(10):
        tensor = flow_of("linear", number).stage(-1).values
        ink = (tensor * 0.3081 + 0.1307).clamp(0, 1).flatten().numpy()
        sent = np.frombuffer(base64.b64decode(packed), np.int8) / 127
        if np.abs(sent * ink.max() - ink).max() < 0.01:
            return number
    raise AssertionError("the page shows no example")


@pytest.mark.parametrize("model", ["linear", "mlp", "cnn"])
def test_the_activations_that_are_sent_are_those_of_the_model(model: str) -> None:
    page = open_page("inside", model=model)
    flow = flow_of(model, example_on(page))
    sent = parts(page)
    assert [part["layer"] for part in sent] == list(range(-1, len(flow.model) + 1))
    least_turned = len(flow.looks) // 2
    for part, stage in zip(sent, flow.stages, strict=True):
        if part["kind"] == "picture":
            continue
        values = stage.of_look(least_turned).flatten().numpy()
        back = np.frombuffer(base64.b64decode(part["values"]), np.int8) / 127 * part["scale"]
        assert np.abs(back - values).max() <= part["scale"] / 250
        assert tuple(part["shape"]) == stage.shape


def test_the_last_bars_are_the_answer_of_the_predictor() -> None:
    page = open_page("inside", model="linear")
    texts = parts(page)[-1]["texts"]
    probabilities = flow_of("linear", example_on(page)).stages[-1].values[0]
    assert max(range(10), key=lambda digit: float(texts[digit].strip("<>%"))) == int(probabilities.argmax())
    assert sum(float(text.strip("<>%")) for text in texts if "<" not in text) == pytest.approx(100, abs=1)


def test_a_click_on_a_unit_is_explained_and_goes_into_the_url() -> None:
    page = open_page("inside", model="cnn")
    assert "layer" not in {name for name, values in address_of(page).items() if values}
    page = send_from(page, "flow_panel", unit={"layer": 5, "unit": [3, 2, 1]})
    address = address_of(page)
    assert (address["layer"], address["unit"]) == (["5"], ["3-2-1"])
    panel = shown(page, "unit_panel")
    assert (panel["layer"], panel["unit"], panel["is_pooled"], panel["norm"]) == (5, [3, 2, 1], True, None)


def test_moving_the_kernel_chooses_the_unit_that_it_is_at() -> None:
    page = open_page("inside", model="cnn")
    page = send_from(page, "unit_panel", unit={"layer": 3, "unit": [3, 0, 1]})
    assert shown(page, "flow_panel")["chosen"] == {"layer": 3, "unit": [3, 0, 1]}
    assert address_of(page)["unit"] == ["3-0-1"]


@pytest.mark.parametrize(
    "sent",
    [
        7,
        None,
        {},
        {"layer": "1", "unit": [0]},
        {"layer": 1, "unit": ["x"]},
        {"layer": -1, "unit": [0]},
        {"layer": 1, "unit": []},
    ],
    ids=str,
)
def test_what_no_panel_sends_chooses_nothing(sent: object) -> None:
    page = open_page("inside", model="linear")
    before = shown(page, "flow_panel")["chosen"]
    assert shown(send_from(page, "flow_panel", unit=sent, look="x"), "flow_panel")["chosen"] == before


def test_a_link_to_a_unit_shows_it() -> None:
    page = open_page("inside", model="cnn", layer="7", unit="31-5-5")
    assert shown(page, "flow_panel")["chosen"] == {"layer": 7, "unit": [31, 5, 5]}
    assert shown(page, "unit_panel")["title"] == "Convolution 2, channel 31"


@pytest.mark.parametrize(("layer", "unit"), [("7", "32-0-0"), ("7", "3"), ("22", "1"), ("999", "1"), ("20", "10")])
def test_a_link_to_a_unit_that_this_model_has_not_shows_another(layer: str, unit: str) -> None:
    page = open_page("inside", model="cnn", layer=layer, unit=unit)
    chosen = shown(page, "flow_panel")["chosen"]
    flow = flow_of("cnn", example_on(page))
    flow.stage(chosen["layer"]).of_look(0)[tuple(chosen["unit"])]  # exists
    assert chosen["layer"] == (int(layer) if layer in ("7", "20") else 3)


def test_another_look_has_activations_of_its_own() -> None:
    page = open_page("inside", model="cnn")
    before = parts(page)
    page = send_from(page, "flow_panel", look=0)
    after = parts(page)
    flow = flow_of("cnn", example_on(page))
    back = np.frombuffer(base64.b64decode(after[2]["values"]), np.int8) / 127 * after[2]["scale"]
    assert np.abs(back - flow.stage(1).of_look(0).flatten().numpy()).max() <= after[2]["scale"] / 250
    assert before[2]["values"] != after[2]["values"] and before[-1] == after[-1]
    assert address_of(page)["look"] == ["0"]
    assert parts(open_page("inside", model="cnn", look="0")) == after
    assert parts(open_page("inside", model="cnn", look="99")) == before  # the model has fewer


def test_every_activation_of_a_layer_is_a_row_of_its_table() -> None:
    values = torch.arange(12.0).reshape(1, 2, 2, 3)
    table = activation_table(Stage(0, Operation.RELU, values), look=0)
    assert table.columns.tolist() == ["Channel", "Row", "Column", "Value"]
    assert table.iloc[7].tolist() == [1, 0, 1, 7]
    assert activation_table(Stage(0, Operation.FLATTEN, values.flatten(1)), look=0).iloc[5].tolist() == [5, 5]


def test_the_strongest_unit_is_the_one_with_the_highest_output() -> None:
    values = torch.zeros(2, 4, 3, 3)
    values[0, 1, 0, 0], values[1, 2, 1, 2] = 9, 5
    assert strongest(Stage(0, Operation.RELU, values), look=1) == (2, 1, 2)


def test_angles_are_written_with_their_sign() -> None:
    assert [degrees(angle) for angle in (-6.0, -1e-7, 0.0, 3.0, 1.5)] == [
        "\N{MINUS SIGN}6°",
        "0°",
        "0°",
        "+3°",
        "+1.5°",
    ]


def test_a_page_with_a_unit_can_be_run_again() -> None:
    page = open_page("inside", model="mlp", layer="2", unit="5")
    assert shown(run(page), "unit_panel")["title"] == "Hidden layer, unit 5"
