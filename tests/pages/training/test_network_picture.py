"""The picture of a network: every layer is in it, in words too, and nothing is written over anything else."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_pages.training.network_picture import WIDTH, network_in_words, network_svg, work_in_words
from mnist_core.models.architecture import summarise_layers
from mnist_core.models.config import SETTINGS, TrainConfig
from mnist_core.models.networks import MODELS

SVG = "{http://www.w3.org/2000/svg}"
EM = {True: 13, False: 14}  # px, by whether a text is small
MEAN_WIDTH = 0.52  # em, of a letter in a sans-serif typeface
CONFIGS = st.builds(
    TrainConfig,
    st.sampled_from(list(MODELS)),
    width=st.integers(int(SETTINGS["width"].low), int(SETTINGS["width"].high)),
    depth=st.integers(int(SETTINGS["depth"].low), int(SETTINGS["depth"].high)),
)


def texts(svg: str) -> list[tuple[str, float, float, float]]:
    """Return every text of a picture with its left, its right and its base line, in px."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        words, classes = text.text or "", (text.get("class") or "").split()
        x, y = float(text.get("x") or 0), float(text.get("y") or 0)
        length = MEAN_WIDTH * EM["small" in classes] * len(words)
        left = x - length if "number" in classes else x
        found.append((words, left, left + length, y))
    return found


@given(CONFIGS)
def test_every_layer_is_drawn_with_its_shape_and_its_parameters(config: TrainConfig) -> None:
    layers = summarise_layers(config)
    words = [text for text, *_ in texts(network_svg(layers))]
    for layer in layers:
        assert str(layer.shape).replace(",)", ")") in words
        assert not layer.parameters or f"{layer.parameters:,}" in words


@given(CONFIGS)
def test_no_text_touches_another_or_the_edge(config: TrainConfig) -> None:
    shown = [each for each in texts(network_svg(summarise_layers(config))) if each[0]]
    for place, (_, left, right, base) in enumerate(shown):
        assert left >= 0 and right <= WIDTH
        for _, other_left, other_right, other_base in shown[:place]:
            assert abs(base - other_base) > 12 or right < other_left or other_right < left


@given(CONFIGS)
def test_all_shapes_lie_within_the_picture(config: TrainConfig) -> None:
    root = ElementTree.fromstring(network_svg(summarise_layers(config)))
    *_, width, height = map(float, (root.get("viewBox") or "").split())
    for rect in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height


@pytest.mark.parametrize("model", MODELS)
def test_the_alternative_says_the_layers(model: str) -> None:
    config = TrainConfig(model)
    layers = summarise_layers(config)
    words = network_in_words(layers)
    assert ElementTree.fromstring(network_svg(layers)).get("aria-label") == words
    assert words.startswith("The layers: Image (1, 28, 28); ") and words.endswith(" parameters.")


def test_the_layers_of_an_mlp_are_told_in_order() -> None:
    assert network_in_words(summarise_layers(TrainConfig("mlp"))) == (
        "The layers: Image (1, 28, 28); Flatten (784); Fully connected (128), 100,480 parameters; "
        "Fully connected (10), 1,290 parameters."
    )


def test_the_work_of_a_network_is_said_in_full_or_in_millions() -> None:
    assert work_in_words(summarise_layers(TrainConfig("linear"))) == (
        "It makes 7,840 multiplications and additions per image."
    )
    assert "2.7 million" in work_in_words(summarise_layers(TrainConfig("cnn")))
