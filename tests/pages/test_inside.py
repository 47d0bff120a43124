"""The Inside page: what is looked at, in which model, at which moment, and what of that is in the URL."""

import itertools
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.inspecting.inspected import model_at, moments
from app_pages.state import resources
from app_pages.state.examples import FIRST_EXAMPLE, examples
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.models.config import TrainConfig
from mnist_core.runs.files import SNAPSHOTS
from mnist_core.runs.run import Run
from tests.fabric import fabric_from_strokes
from tests.made import Miniature
from tests.pages.opening import address_of, html_of, open_page, run

VIEWS = ["Flow", "What speaks for it", "What would change it", "Surgery", "What a unit likes", "Over time", "Map"]


def answer(page: AppTest) -> str:
    """Return the answer and what it is for."""
    (shown,) = [text for text in html_of(page) if 'class="inside-answer"' in text]
    return shown


def test_a_blank_canvas_shows_an_example_and_its_answer(miniature: Miniature) -> None:
    page = open_page("inside", model="linear")
    assert "for an example" in answer(page)
    example = examples()[(FIRST_EXAMPLE + 1) % 10]
    stages = preprocess(example)
    assert stages
    expected = int(resources.predictor_for("linear").probabilities(stages.tensor[None]).argmax())
    assert f"<b>{expected}</b>" in answer(page)


@pytest.mark.parametrize("split", ["test", "train"])
def test_a_link_opens_an_image_with_its_label(miniature: Miniature, split: str) -> None:
    page = open_page("inside", image="3", split=split)
    images = miniature.test if split == "test" else miniature.train
    word = "test" if split == "test" else "training"
    assert f"for {word} image 3. Its label is {int(images.labels[3])}." in answer(page)
    expected = {"image": ["3"]} | ({"split": ["train"]} if split == "train" else {})
    assert {name: values for name, values in address_of(page).items() if name in ("image", "split")} == expected


def test_another_image_is_chosen_by_its_number(miniature: Miniature) -> None:
    page = open_page("inside", image="3")
    page.number_input(key="inside_number").set_value(5)
    run(page)
    assert "test image 5" in answer(page) and address_of(page)["image"] == ["5"]
    page.selectbox(key="inside_source").select("Drawing")
    run(page)
    assert "an example" in answer(page) and "image" not in address_of(page)


@pytest.mark.parametrize(
    ("name", "value"),
    [("image", "999999"), ("image", "x"), ("moment", "77"), ("view", "Nowhere"), ("look", "-1"), ("target", "12")],
)
def test_a_link_to_what_does_not_exist_says_so(miniature: Miniature, name: str, value: str) -> None:
    page = open_page("inside", **{name: value})
    assert any(f"names a {name} that does not exist" in warning.value for warning in [*page.warning, *page.info])
    assert name not in address_of(page)


def test_the_initial_weights_can_be_looked_at(miniature: Miniature) -> None:
    page = open_page("inside", model="linear", moment="0", image="3")
    assert address_of(page)["moment"] == ["0"]
    before = model_at("linear", None, 0)
    expected = resources.shipped_model("linear").config.build_model()
    for name, weights in before.predictor.model.state_dict().items():
        assert torch.equal(weights, expected.state_dict()[name])
    assert before.key != model_at("linear", None, None).key
    assert "before training" in before.spoken_name


def test_the_moments_of_a_run_are_its_snapshots_and_the_one_before_the_first(tmp_path: Path) -> None:
    run_ = Run("linear-1", TrainConfig("linear"), tmp_path, "me")
    (tmp_path / SNAPSHOTS).mkdir()
    for step in (20, 3):
        (tmp_path / SNAPSHOTS / f"{step}.safetensors").touch()
    assert moments(run_) == [0, 3, 20]
    assert moments(None) == [0]


def put_on_canvas(page: AppTest, *strokes: Strokes) -> AppTest:
    """Send a drawing, and run the page."""
    paths = [path for each in strokes for path in fabric_from_strokes(each, "#ffffff")["objects"]]
    page.session_state[page.session_state.session.canvas_key] = {"drawing": {"raw": {"objects": paths}, "data": ""}}
    return run(page)


def squeezed(digit: int, left: float) -> Strokes:
    """Return an example of a digit, 0.45 times as large, beginning at `left` px."""
    return examples()[digit].transformed(0.45, left, 70, 9.0, 280)


def test_of_several_digits_one_is_looked_at(miniature: Miniature) -> None:
    page = put_on_canvas(open_page("inside"), squeezed(4, 0), squeezed(7, 150))
    assert "<b>4</b>" in answer(page) and "digit 1 of your drawing" in answer(page)
    page.segmented_control(key="inside_digit").set_value(1)
    run(page)
    assert "<b>7</b>" in answer(page) and "digit 2 of your drawing" in answer(page)
    page = put_on_canvas(page, examples()[3])
    assert "<b>3</b>" in answer(page) and "for your drawing" in answer(page)


def test_a_moment_whose_weights_are_damaged_is_left_out_with_a_sentence(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("the weights are damaged")

    monkeypatch.setattr(resources, "predictor_after", fail)
    page = open_page("inside", model="linear", moment="0")
    assert [error.value for error in page.error] == ["The weights are damaged."]
    assert "moment" not in address_of(page)


@pytest.mark.parametrize(
    ("view", "model"), [*zip(VIEWS, itertools.cycle(["mlp", "linear"]), strict=False), ("Flow", "cnn")]
)
def test_a_link_to_a_layer_or_a_unit_that_the_model_does_not_have_shows_the_view(
    miniature: Miniature, view: str, model: str
) -> None:
    for layer, unit in (("999", "0"), ("3", "9999-99-99")):
        page = open_page("inside", view=view, model=model, layer=layer, unit=unit, image="2")
        assert not page.exception and not page.error
