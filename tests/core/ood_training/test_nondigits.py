import numpy as np
import pytest

from mnist_core.ink.preprocessing import preprocess
from mnist_core.ood_training.nondigits import FAMILIES, draw_nondigit


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_draws_ink_that_can_be_preprocessed(family: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(2):
        drawing = draw_nondigit(family, rng)
        stages = preprocess(drawing)
        assert stages is not None
        assert stages.tensor.shape == (1, 28, 28)
        assert stages.tensor.isfinite().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_drawings_are_on_the_canvas_and_differ(family: str) -> None:
    rng = np.random.default_rng(1)
    drawings = [draw_nondigit(family, rng) for _ in range(10)]
    for drawing in drawings:
        left, top, right, bottom = drawing.bounds()
        assert drawing.size == 280
        assert 8 <= drawing.brush <= 28
        assert min(left, top) >= 0
        assert max(right, bottom) <= drawing.size
    assert len({drawing.bounds() for drawing in drawings}) == len(drawings)


@pytest.mark.parametrize("family", ["scribble", "letter A", "dots"])
def test_the_same_seed_draws_the_same(family: str) -> None:
    one, other, another = (draw_nondigit(family, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert all(np.array_equal(a, b) for a, b in zip(one.lines, other.lines, strict=True))
    assert one.brush == other.brush != another.brush


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'circle'"):
        draw_nondigit("circle", np.random.default_rng(0))
