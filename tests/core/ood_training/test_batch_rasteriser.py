import numpy as np
import pytest

from mnist_core.ink.preprocessing import LINE_WIDTH, preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.ood_training.batch_rasteriser import rasterise_drawings
from mnist_core.ood_training.nondigits import draw_nondigit


@pytest.mark.parametrize("family", ["letter K", "heart", "scribble", "dots", "word", "random nest"])
def test_with_the_pen_of_the_ink_pipeline_the_images_are_nearly_the_same(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def same_pen(count: int, pieces: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return np.full((count, pieces), LINE_WIDTH / 2), np.ones(count)

    monkeypatch.setattr("mnist_core.ood_training.batch_rasteriser.sample_pens", same_pen)
    rng = np.random.default_rng(0)
    drawings = [draw_nondigit(family, rng) for _ in range(12)]
    images = rasterise_drawings(drawings, rng).astype(float) / 255
    differences = []
    for image, drawing in zip(images, drawings, strict=True):
        stages = preprocess(drawing)
        assert stages is not None
        # Cutting a corner may move the box or the centre of mass, and so shift the image by a whole pixel.
        shifted = [np.roll(image, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        differences.append(min(np.abs(candidate - stages.centre).mean() for candidate in shifted))
    assert np.median(differences) < 0.02


def test_the_images_are_in_the_order_of_the_drawings() -> None:
    level, upright = (np.array(line) for line in ([[10.0, 50], [200, 50]], [[50.0, 10], [50, 200]]))
    dense = np.stack([np.linspace(0, 200, 300), np.linspace(0, 200, 300) % 40], axis=1)
    images = rasterise_drawings([Strokes((line,)) for line in (level, dense, upright)], np.random.default_rng(0)) > 128
    heights, widths = images.any(axis=2).sum(axis=1), images.any(axis=1).sum(axis=1)
    assert widths[0] > 15 > 8 > heights[0]
    assert heights[2] > 15 > 8 > widths[2]


def test_no_drawings_give_no_images() -> None:
    assert rasterise_drawings([], np.random.default_rng(0)).shape == (0, 28, 28)
