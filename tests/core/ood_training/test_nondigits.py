"""The pen that draws non-digits: every family, repeatable, on the canvas, never blank, never twice the same."""

import numpy as np
import pytest
import torch

from mnist_core.ink.preprocessing import preprocess
from mnist_core.ood_training.examples import nondigits
from mnist_core.ood_training.glyphs import draw_glyph, load_glyphs
from mnist_core.ood_training.nondigits import FAMILIES, draw_nondigit


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_draws_ink_that_the_pipeline_takes(family: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(2):
        drawing = draw_nondigit(family, rng)
        stages = preprocess(drawing)
        assert stages is not None
        assert stages.tensor.shape == (1, 28, 28)
        assert stages.tensor.isfinite().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_drawings_stay_on_the_canvas_and_differ(family: str) -> None:
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


def test_an_unknown_family_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="got 'circle'"):
        draw_nondigit("circle", np.random.default_rng(0))


def test_letters_that_are_digits_when_handwritten_are_left_out() -> None:
    assert not set("OoDQIlijZzSsbGqgBYy") & set(load_glyphs()["letters"])


@pytest.mark.parametrize("table", [entry for table in load_glyphs().values() for entry in table.values()])
def test_every_table_of_strokes_can_be_written(table: tuple[str, ...]) -> None:
    for entry in table:
        figure = draw_glyph(entry, np.random.default_rng(0), jitter=0)
        assert len(figure) == entry.count("/") + 1
        assert all(np.isfinite(line).all() for line in figure)


def test_a_smooth_stroke_passes_through_its_points() -> None:
    (line,) = draw_glyph("~00 99 90", np.random.default_rng(0), jitter=0)
    for point in ((0, 0), (1, 1), (1, 0)):
        assert np.hypot(*(line - point).T).min() < 1e-9


def test_banks_are_bytes_of_the_count_asked_for() -> None:
    bank = nondigits(["star", "letter K"], 7, np.random.default_rng(0))
    assert bank.shape == (7, 28, 28)
    assert bank.dtype == torch.uint8
    assert (bank.amax(dim=(1, 2)) > 200).all()
