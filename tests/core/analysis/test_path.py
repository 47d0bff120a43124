"""A drawing's path through the plane, against each of its beginnings prepared, read and projected by hand."""

import numpy as np
import pytest
import torch

from mnist_core.analysis.embedding import Plane, features
from mnist_core.analysis.path import path_on_plane, stroke_ends
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, first_part
from mnist_core.models.networks import build_model

SEVEN = Strokes((np.array([[80.0, 70], [190, 70]]), np.array([[190.0, 70], [190, 290]])))  # 110 and 220 px
WIDTHS = {"linear": 784, "mlp": 32, "cnn": 144}


def some_plane(width: int) -> Plane:
    generator = torch.Generator().manual_seed(0)
    axes = torch.linalg.qr(torch.randn(width, 2, generator=generator)).Q
    return Plane(torch.rand(width, generator=generator), axes, (0.5, 0.3))


@pytest.mark.parametrize("name", WIDTHS)
def test_every_part_is_where_its_own_picture_is_projected(name: str) -> None:
    model, plane = build_model(name, 0, 4, 1).eval(), some_plane(WIDTHS[name])
    path = path_on_plane(model, plane, SEVEN, temperature=1.5, parts=4)
    assert path
    assert path.parts == pytest.approx([1 / 4, 1 / 3, 1 / 2, 3 / 4, 1], abs=1e-6)
    assert path.lifts.tolist() == [False, True, False, False, True]
    for part, place, probabilities in zip(path.parts, path.places, path.probabilities, strict=True):
        stages = preprocess(first_part(SEVEN, part))
        assert stages
        with torch.no_grad():
            vector = features(model, stages.tensor[None])[0]
            by_hand = plane.axes.T @ (vector / vector.norm() - plane.mean)
            expected = torch.softmax(model(stages.tensor[None])[0] / 1.5, dim=0)
        torch.testing.assert_close(place, by_hand, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(probabilities, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("drawing", [SEVEN, Strokes((np.array([[80.0, 70], [190, 70], [190, 250]]),))])
def test_a_path_ends_at_the_whole_drawing_even_if_it_leaves_the_canvas(drawing: Strokes) -> None:
    model, plane = build_model("mlp", 0, 4).eval(), some_plane(32)
    path, stages = path_on_plane(model, plane, drawing), preprocess(drawing)
    assert path and stages
    whole = features(model, stages.tensor[None])[0]
    torch.testing.assert_close(path.unit, whole / whole.norm())
    torch.testing.assert_close(path.places[-1], plane.project(path.unit[None])[0])


def test_a_dot_is_a_path_of_one_place_and_no_ink_is_none() -> None:
    model, plane = build_model("mlp", 0, 4).eval(), some_plane(32)
    dot = path_on_plane(model, plane, Strokes((np.array([[140.0, 140.0]]),)))
    assert dot and len(set(map(tuple, dot.places.tolist()))) == 1 and dot.lifts[-1]
    assert path_on_plane(model, plane, Strokes(())) is None


def test_strokes_end_after_their_share_of_the_length() -> None:
    assert stroke_ends(SEVEN) == pytest.approx([1 / 3, 1])
    dot = np.array([[5.0, 5.0]])
    assert stroke_ends(Strokes((dot, *SEVEN.lines, dot))) == pytest.approx([1 / 3, 1])
    assert stroke_ends(Strokes((dot, dot))) == [1.0]
    assert stroke_ends(Strokes(())) == []
