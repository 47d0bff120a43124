"""What a unit likes: the page shows the images of a full sort, and a unit's dream."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.inspecting.likes import images_table, steps_of_frames
from mnist_core.analysis.dream import FRAMES, STEPS
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from tests.made import Miniature
from tests.pages.opening import address_of, components, open_page, run
from tests.pages.sending import send


def opened(model: str, **query: str) -> AppTest:
    """Open the view."""
    return open_page("inside", view="What a unit likes", model=model, **query)


def data_of(page: AppTest, component: str) -> dict[str, Any]:
    (shown,) = components(page, component)
    data: dict[str, Any] = json.loads(shown.proto.json)
    return data


def largest(model: str, layer: int, unit: int, split: Split) -> list[int]:
    """Return the numbers of the nine images with the largest outputs of a unit of a model without rotations."""
    network = load_trained(model_folder(model)).model
    with torch.no_grad():
        outputs = network[: layer + 1](normalise(split.images))[:, unit]
    return outputs.reshape(len(split), -1).amax(dim=1).sort(descending=True, stable=True).indices[:9].tolist()


@pytest.mark.parametrize(("model", "layer"), [("mlp", 3), ("linear", 1)])
def test_at_first_the_page_shows_what_the_digit_0_likes(model: str, layer: int, miniature: Miniature) -> None:
    page = opened(model)
    tiles = data_of(page, "picture_grid")["tiles"]
    assert [tile["number"] for tile in tiles] == largest(model, layer, 0, miniature.train)
    assert "the digit 0" in data_of(page, "film")["alt"]


def test_a_link_names_a_unit_and_another_one_can_be_chosen(miniature: Miniature) -> None:
    page = opened("mlp", layer="2", unit="40")
    tiles = data_of(page, "picture_grid")["tiles"]
    assert [tile["number"] for tile in tiles] == largest("mlp", 2, 40, miniature.train)
    (grid,) = components(page, "unit_grid")
    assert json.loads(grid.proto.json)["marked"] == [40]
    page = run(send(page, SimpleNamespace(id=grid.proto.id), json_value=json.dumps({"marked": [7]})))
    tiles = data_of(page, "picture_grid")["tiles"]
    assert [tile["number"] for tile in tiles] == largest("mlp", 2, 7, miniature.train)
    assert address_of(page)["unit"] == ["7"] and address_of(page)["layer"] == ["2"]
    assert "hidden unit 7" in data_of(page, "film")["alt"]


def test_a_link_to_a_layer_inside_a_block_shows_the_channels_of_the_block(miniature: Miniature) -> None:
    page = opened("cnn", layer="1", unit="3-2-2")
    assert data_of(page, "film")["alt"] == "The image that channel 3 of convolution 1 dreams of, as it forms from noise"


def test_a_unit_that_the_layer_lacks_becomes_the_first_one(miniature: Miniature) -> None:
    assert "hidden unit 0" in data_of(opened("mlp", layer="2", unit="128"), "film")["alt"]
    assert "digit 0" in data_of(opened("mlp", layer="99", unit="3"), "film")["alt"]


def test_every_frame_of_a_dream_has_its_step() -> None:
    steps = steps_of_frames()
    assert len(steps) == FRAMES and steps[0] == 0 and steps[-1] == STEPS and steps == sorted(set(steps))


def test_the_table_has_the_images_with_label_and_activation(tiny_splits: tuple[Split, Split]) -> None:
    table = images_table(tiny_splits[0], [5, 2], [1.23456, 0.5])
    labels = [str(int(tiny_splits[0].labels[number])) for number in (5, 2)]
    assert table.values.tolist() == [[5, labels[0], 1.2346], [2, labels[1], 0.5]]
