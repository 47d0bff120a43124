"""What speaks for it: what the view shows for a method and a digit, and what its words and files say."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_pages.components import html
from app_pages.inspecting import saliency
from app_pages.inspecting.saliency import METHOD_NAMES, adding_up, comparison, numbers, question
from app_pages.inspecting.saliency_maps import describe
from app_pages.state import computations
from mnist_core.analysis.attribution import METHODS, Attribution, attribute, randomised
from mnist_core.analysis.attribution_picture import Colours
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import ASSETS
from tests.pages.opening import address_of, components, open_page
from tests.waiting import wait_for

VIEW = "What speaks for it"


def inside(**query: str | list[str]) -> AppTest:
    """Open the view, and run it until its explanations are there."""
    page = open_page("inside", view=VIEW, **query)
    return settled(page)


def settled(page: AppTest) -> AppTest:
    while page.get("progress"):
        wait_for(lambda: computations.computations().is_idle)
        page = page.run()
        assert not page.exception
    return page


def maps(page: AppTest) -> dict[str, Any]:
    (component,) = components(page, "saliency_maps")
    data: dict[str, Any] = json.loads(component.proto.json)
    return data


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def example(page: AppTest) -> tuple[int, Any]:
    """Return the digit of the example that the page shows, and the model's input."""
    digit = int(words(page).split("for the answer ")[1][0]) if "for the answer" in words(page) else 2
    stages = preprocess(parse_strokes((ASSETS / "examples.jsonl").read_text(encoding="utf-8").splitlines()[digit]))
    assert stages
    return digit, stages.tensor


def test_the_answer_is_explained_beside_random_weights() -> None:
    page = inside(model="mlp")
    digit, tensor = example(page)
    trained = load_trained(model_folder("mlp"))
    shown = maps(page)
    assert [each["title"] for each in shown["maps"]] == ["MLP", "With random weights"]
    assert shown["target"] == digit
    for each, network in zip(shown["maps"], (trained.model, randomised(trained.config)), strict=True):
        expected = attribute(network, tensor, digit).values
        np.testing.assert_allclose(each["values"], expected.ravel(), rtol=2e-3, atol=1e-9)
        assert each["limit"] == pytest.approx(float(abs(expected).max()))
    assert METHODS["integrated-gradients"].pitfall in words(page)
    assert "method" not in address_of(page) and "target" not in address_of(page)


def test_a_link_names_method_and_digit() -> None:
    page = inside(model="linear", method="Occlusion", target="9")
    _, tensor = example(page)
    expected = attribute(load_trained(model_folder("linear")).model, tensor, 9, "occlusion").values
    np.testing.assert_allclose(maps(page)["maps"][0]["values"], expected.ravel(), rtol=2e-3, atol=1e-9)
    assert "What would speak for 9" in words(page)
    assert (address_of(page)["method"], address_of(page)["target"]) == (["Occlusion"], ["9"])


def test_choosing_a_digit_explains_it_and_the_answer_again_follows_the_drawing() -> None:
    page = inside(model="linear", method="Gradient")
    digit, _ = example(page)
    page = settled(page.button_group(key="inside_target").set_value("7").run())
    assert maps(page)["target"] == 7 and address_of(page)["target"] == ["7"]
    page = settled(page.button_group(key="inside_target").set_value("its answer").run())
    assert maps(page)["target"] == digit and "target" not in address_of(page)


def test_the_maps_of_before_stay_until_new_ones_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    page = inside(model="linear", method="Gradient")
    assert not maps(page)["are_stale"]
    before = maps(page)["maps"]
    monkeypatch.setattr(saliency, "computed", lambda *_: None)
    page = page.button_group(key="inside_target").set_value("7").run()
    assert maps(page)["are_stale"] and maps(page)["maps"] == before


def test_grad_cam_says_that_a_model_without_convolutions_has_none() -> None:
    page = inside(model="linear", method="Grad-CAM")
    assert not components(page, "saliency_maps")
    assert "needs convolutions, and this model has none" in page.info[0].value


def test_grad_cam_has_a_scale_from_zero() -> None:
    page = inside(model="cnn", method="Grad-CAM")
    assert [each["has_sign"] for each in maps(page)["maps"]] == [False, False]
    assert min(maps(page)["maps"][0]["values"]) >= 0


def test_the_names_in_links_are_those_of_the_methods() -> None:
    assert METHOD_NAMES == ("Integrated gradients", "Occlusion", "Grad-CAM", "Gradient")


def explained(values: np.ndarray, method: str = "integrated-gradients") -> Attribution:
    logits = tuple(float(digit) for digit in range(10))
    return Attribution(values, np.zeros((28, 28), np.float32), 3, method, -0.4, logits, (1.0,) * 10)


def values_with(**places: float) -> np.ndarray:
    """Return a map with values at places such as r2c5, counted from 1."""
    values = np.zeros((28, 28), np.float32)
    for place, value in places.items():
        row, column = place[1:].split("c")
        values[int(row) - 1, int(column) - 1] = value
    return values


def test_a_map_is_described_by_its_largest_values() -> None:
    both = describe(explained(values_with(r2c5=0.5, r10c28=-0.7, r1c1=0.1)))
    assert both == (
        "Map of 28 by 28 pixels: most speaks for 3 at row 2, column 5, and most speaks against 3 at row 10, column 28."
    )
    assert describe(explained(values_with())) == "An empty map: all values are 0 for the digit 3."


def test_the_sum_stands_beside_the_difference_of_the_logits() -> None:
    text = adding_up(explained(values_with(r2c5=2.5, r3c3=-0.49)))
    assert "is 3.00; for blank paper it is 1.00" in text
    assert "The difference is 2.00, and all values add up to 2.01" in text
    assert "do not add up" in adding_up(explained(values_with(r1c1=1), "occlusion"))


def test_every_method_says_what_its_sum_means() -> None:
    for method in METHODS:
        assert ("do not add up" in adding_up(explained(values_with(), method))) is not METHODS[method].is_complete


def test_the_comparison_names_the_correlation_with_and_without_signs() -> None:
    one, opposite = explained(values_with(r1c1=2, r2c2=-1)), explained(values_with(r1c1=-2, r2c2=1))
    text = comparison(one, opposite)
    assert "is \N{MINUS SIGN}1.00, and 1.00 without the signs" in text
    assert "One of the two maps is empty" in comparison(one, explained(values_with()))
    grad_cam = explained(values_with(r1c1=2, r2c2=1), "grad-cam")
    assert "is 1.00:" in comparison(grad_cam, grad_cam) and "signs" not in comparison(grad_cam, grad_cam)


def test_the_table_begins_with_the_largest_values() -> None:
    table = numbers(explained(values_with(r2c5=0.5, r10c28=-0.7)), explained(values_with(r10c28=0.2)))
    assert len(table) == 784
    assert table.head(2).to_numpy().tolist() == pytest.approx(
        np.array([[10, 28, np.float32(-0.7), np.float32(0.2)], [2, 5, 0.5, 0]])
    )


def test_a_question_names_the_answer_when_another_digit_is_asked_about() -> None:
    assert "the answer 4" in question(4, 4) and "The answer is 4" in question(9, 4)


def test_the_files_have_the_pages_light_colours() -> None:
    assert Colours().speaks_for == html.ACCENT["light"]
