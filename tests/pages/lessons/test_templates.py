"""The ten templates over a picture: the panel's numbers are those of the shipped linear model."""

import base64
import json
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.lessons.controls import subject, templates
from mnist_core.analysis.activations import trace
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from tests.made import Miniature
from tests.pages.lessons.showing import show
from tests.pages.opening import components, run

NUMBER = 4


def panel(page: AppTest) -> dict[str, Any]:
    (shown,) = components(page, "unit_panel")
    data: dict[str, Any] = json.loads(shown.proto.json)
    return data


def on_test_image(number: int) -> AppTest:
    page = show("templates")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    return run(page.number_input(subject.NUMBER).set_value(number))


def floats(text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float64)


def test_all_ten_sums_are_the_models_logits(miniature: Miniature) -> None:
    data = panel(on_test_image(NUMBER))
    model = load_trained(model_folder("linear")).model
    with torch.no_grad():
        logits = model(normalise(miniature.test.images[[NUMBER]]))[0]
    assert data["kind"] == "shares"
    assert data["logits"] == pytest.approx(logits.tolist(), abs=1e-4)
    assert data["chosen"] == int(logits.argmax())
    assert len(data["products"]) == 10 and all(data["products"])


def test_one_sum_is_image_times_template_plus_bias(miniature: Miniature) -> None:
    page = on_test_image(NUMBER)
    run(page.pills(templates.CHOSEN).set_value("7"))
    data = panel(page)
    model = load_trained(model_folder("linear")).model
    with torch.no_grad():
        logit = float(model(normalise(miniature.test.images[[NUMBER]]))[0, 7])
    assert data["kind"] == "sum" and tuple(data["shape"]) == (1, 28, 28)
    assert floats(data["inputs"]) @ floats(data["weights"]) + data["bias"] == pytest.approx(logit, abs=1e-3)


def test_an_example_is_shown_while_nothing_is_drawn(miniature: Miniature) -> None:
    page = show("templates")
    assert any("an example" in each.value for each in page.caption)
    assert panel(page)["chosen"] == 1


def test_the_probabilities_are_the_softmax_of_the_logits_alone(miniature: Miniature) -> None:
    assert panel(on_test_image(NUMBER))["temperature"] == 1


def test_the_table_adds_up_to_the_logits_and_to_a_hundred_percent() -> None:
    picture = torch.randn(1, 28, 28, generator=torch.Generator().manual_seed(5))
    model = load_trained(model_folder("linear")).model.eval()
    table = templates.sums_table(trace(model, picture))
    with torch.no_grad():
        logits = model(picture[None])[0]
    assert table["Logit"].tolist() == pytest.approx(logits.tolist(), abs=1e-3)
    assert (table["For it"] + table["Against it"] + table["Bias"] - table["Logit"]).abs().max() < 1e-3
    assert table["Probability (%)"].tolist() == pytest.approx((100 * logits.softmax(dim=0)).tolist(), abs=0.01)
