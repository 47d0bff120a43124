"""Strokes traced from an image: on its ink, in its shape, and read with its label."""

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.split import Split
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.ink.vectorisation import vectorise
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.recognition.predictor import Predictor
from tests.fabric import fabric_from_strokes


def pixels(*lines: list[tuple[float, float]], brush: float = 24) -> np.ndarray:
    """Strokes on the canvas as an image (28, 28) uint8."""
    painted = rasterise(Strokes(tuple(np.array(line, dtype=np.float64) for line in lines), brush))
    return np.asarray(Image.fromarray(np.uint8(painted * 255)).reduce(10))


def length(strokes: Strokes) -> float:
    return sum(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in strokes.lines)


def test_no_ink_gives_no_strokes() -> None:
    assert vectorise(np.zeros((28, 28), dtype=np.uint8)).is_blank


def test_a_dot_gives_strokes() -> None:
    image = np.zeros((28, 28), dtype=np.uint8)
    image[14, 14] = 255
    assert not vectorise(image).is_blank


def test_one_line_is_traced_as_one_stroke_along_its_middle() -> None:
    traced = vectorise(pixels([(60, 60), (200, 220)]))
    (line,) = traced.lines
    distance = np.abs((line - (60, 60)) @ np.array([160, -140]) / np.hypot(160, 140))
    assert distance.max() < 6
    assert length(traced) == pytest.approx(np.hypot(140, 160), abs=24)


def test_a_ring_is_traced_as_one_stroke_that_closes() -> None:
    angles = np.linspace(0, 2 * np.pi, 60)
    traced = vectorise(pixels([(140 + 70 * np.cos(a), 140 + 70 * np.sin(a)) for a in angles]))
    (line,) = traced.lines
    assert np.linalg.norm(line[0] - line[-1]) < 2
    assert np.abs(np.linalg.norm(line - (140, 140), axis=1) - 70).max() < 8
    assert length(traced) == pytest.approx(2 * np.pi * 70, rel=0.08)


def test_a_cross_is_traced_as_strokes_that_meet() -> None:
    traced = vectorise(pixels([(60, 140), (220, 140)], [(140, 60), (140, 220)]))
    assert len(traced.lines) >= 4
    assert length(traced) == pytest.approx(320, abs=30)
    ends = np.concatenate([line[[0, -1]] for line in traced.lines])
    assert (np.linalg.norm(ends - (140, 140), axis=1) < 12).sum() >= 4


def test_every_point_of_a_traced_digit_lies_on_its_ink(mnist: tuple[Split, Split]) -> None:
    for image in mnist[1].images[:50].numpy():
        enlarged = np.asarray(Image.fromarray(image).resize((280, 280), Image.Resampling.BICUBIC))
        for line in vectorise(image).lines:
            at = line.astype(int)
            assert enlarged[at[:, 1], at[:, 0]].min() > 60


def test_traced_digits_keep_their_labels_after_conversion_to_a_canvas_drawing(mnist: tuple[Split, Split]) -> None:
    test = mnist[1].first(200)
    predictor = Predictor.of(load_trained(model_folder("cnn")))
    drawn = [strokes_from_fabric(fabric_from_strokes(vectorise(image), "#ffffff")) for image in test.images.numpy()]
    right = sum(
        predictor.predict(strokes).label == int(label) for strokes, label in zip(drawn, test.labels, strict=True)
    )
    assert right / len(test) >= 0.95, f"{right} of {len(test)} traced digits were read with their label"
