"""The map, alive: the path and the neighbours that the page shows, against the model called directly."""

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app_pages.inspecting.inspected import Subject
from app_pages.inspecting.live_map import finding, neighbour_table, path_table
from app_pages.inspecting.plane_frame import PlaneFrame, labels_in_words
from app_pages.state import resources
from app_pages.state.examples import FIRST_EXAMPLE, examples
from mnist_core.analysis.embedding import Neighbours, features
from mnist_core.analysis.path import DrawingPath
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.preprocessing import preprocess
from tests.made import Miniature
from tests.pages.opening import components, open_page

VIEW = "Map"


def shown_map(page: AppTest) -> dict[str, Any]:
    (component,) = components(page, "live_map")
    data: dict[str, Any] = json.loads(component.proto.json)
    return data


def units(name: str, images: torch.Tensor, step: int | None = None) -> torch.Tensor:
    trained = resources.shipped_model(name)
    model = trained.model if step is None else trained.config.build_model().eval()
    vectors = features(model, normalise(images))
    return vectors / vectors.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("step", [None, 0])
def test_a_test_image_lights_up_its_nearest_neighbours_but_not_itself(miniature: Miniature, step: int | None) -> None:
    moment = {} if step is None else {"moment": str(step)}
    page = open_page("inside", view=VIEW, model="mlp", image="3", **moment)
    live = shown_map(page)["live"]
    vectors = units("mlp", miniature.test.images, step)
    similarity = vectors @ vectors[3]
    similarity[3] = -1
    expected = miniature.test.labels[similarity.topk(10).indices].tolist()
    assert [neighbour["label"] for neighbour in live["neighbours"]] == expected
    assert len(live["path"]) == 1 and live["lifts"] == [0]


def test_the_path_of_a_drawing_ends_where_its_picture_is_among_the_points(miniature: Miniature) -> None:
    data = shown_map(open_page("inside", view=VIEW, model="mlp"))
    places = np.frombuffer(base64.b64decode(data["fixed"]["places"]), "<u2").reshape(-1, 2) / 65_535
    vectors = units("mlp", miniature.test.images)
    assert len(places) == len(vectors)
    stages = preprocess(examples()[(FIRST_EXAMPLE + 1) % 10])
    assert stages
    unit = features(resources.shipped_model("mlp").model, stages.tensor[None])[0]
    unit = unit / unit.norm()
    centred = vectors - vectors.mean(dim=0)
    axes = torch.linalg.svd(centred, full_matrices=False).Vh[:2].T
    flat, end = centred @ axes, (unit - vectors.mean(dim=0)) @ axes
    for axis in range(2):  # a line through the points says where the end must be, whatever sign and scale
        slope, origin = np.polyfit(flat[:, axis].numpy(), places[:, axis], 1)
        expected = min(1.0, max(0.0, slope * float(end[axis]) + origin))
        assert data["live"]["path"][-1][axis] == pytest.approx(expected, abs=0.01)
    assert len(data["live"]["path"]) >= 12 and data["live"]["lifts"][-1] == len(data["live"]["path"]) - 1


def made_path(*answers: int) -> DrawingPath:
    count = len(answers)
    return DrawingPath(
        parts=np.arange(1, count + 1) / count,
        lifts=np.arange(count) == count - 1,
        places=torch.arange(2.0 * count).reshape(count, 2),
        probabilities=torch.eye(10)[list(answers)],
        unit=torch.ones(3),
    )


def test_the_finding_says_the_answers_on_the_way_and_the_commonest_label_around() -> None:
    subject = Subject("your drawing", torch.zeros(1, 28, 28))
    assert finding(subject, made_path(1, 1, 7, 7), [7, 7, 9]) == (
        "Your drawing was read as 1, then 7. 2 of the 3 images nearest to your drawing are labelled 7."
    )
    assert "was read as 4 all the way" in finding(subject, made_path(4, 4), [4])
    assert finding(subject, made_path(4), [4, 4]) == "2 of the 2 images nearest to your drawing are labelled 4."


def test_tables_hold_the_path_and_the_neighbours(miniature: Miniature) -> None:
    table = path_table(made_path(1, 7))
    assert table["drawn (%)"].tolist() == [50, 100] and table["answer"].tolist() == [1, 7]
    assert table["pen lifted"].tolist() == ["", "yes"] and table["x"].tolist() == [0, 2]
    assert table["7 (%)"].tolist() == [0, 100]
    near = neighbour_table(miniature.test, Neighbours([5, 2], [0.9, 0.8]), [1, 2])
    assert near["label"].tolist() == miniature.test.labels[[5, 2]].tolist() and near["answer"].tolist() == [1, 2]


def test_the_frame_is_a_square_around_all_points_and_keeps_the_proportions() -> None:
    places = torch.tensor([[0.0, 0.0], [4.0, 2.0], [2.0, 1.0]])
    seen = PlaneFrame.around(places).on_screen(places)
    assert seen.min() > 0 and seen.max() < 1
    assert seen[2] == pytest.approx([0.5, 0.5])
    assert (seen[1, 0] - seen[0, 0]) == pytest.approx(2 * (seen[1, 1] - seen[0, 1]))
    assert PlaneFrame.around(torch.zeros(2, 2)).on_screen(torch.tensor([[9.0, -9.0]])).tolist() == [[1.0, 0.0]]


def test_classes_that_are_no_digits_are_named(miniature: Miniature) -> None:
    assert labels_in_words(miniature.test) == ""
    garments = replace(miniature.test, classes=("T-shirt", "trousers", *"23456789"))
    assert labels_in_words(garments) == " The numbers are classes: 0 T-shirt, 1 trousers."
