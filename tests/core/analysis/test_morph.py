"""Morphs: they begin and end with the two pictures, and strokes move to their places."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_core.analysis.morph import FRAMES, POINTS, fade, move_strokes, paired
from mnist_core.ink.normalisation import MEAN, STD, normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.progress import result_of
from tests.made import made_split

EXAMPLES = [parse_strokes(line) for line in (ASSETS / "examples.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def model() -> nn.Sequential:
    return load_trained(model_folder("mlp")).model


def example(digit: int) -> torch.Tensor:
    stages = preprocess(EXAMPLES[digit])
    assert stages
    return stages.tensor


def strokes(*lines: list[tuple[float, float]]) -> Strokes:
    return Strokes(tuple(np.array(line, dtype=float) for line in lines))


def test_a_fade_changes_each_pixel_evenly(model: nn.Sequential) -> None:
    first, second = example(2), example(7)
    morph = result_of(fade(model, first, second, temperature=2.0))
    assert morph.pictures.shape == (FRAMES, 1, 28, 28) and not morph.has_strokes
    assert torch.allclose(morph.pictures[10], 0.75 * first + 0.25 * second, atol=1e-6)
    assert torch.allclose(morph.probabilities, torch.softmax(model(morph.pictures) / 2, dim=1), atol=1e-6)


@pytest.mark.parametrize(("first", "second"), [(4, 9), (1, 0)])
def test_moving_strokes_begin_and_end_with_the_pictures(model: nn.Sequential, first: int, second: int) -> None:
    morph = result_of(
        move_strokes(
            model,
            example(first),
            example(second),
            first_strokes=EXAMPLES[first],
            second_strokes=EXAMPLES[second],
        )
    )
    assert morph.has_strokes
    assert torch.allclose(morph.pictures[0], example(first), atol=1e-5)
    assert torch.allclose(morph.pictures[-1], example(second), atol=1e-5)
    assert int(morph.probabilities[0].argmax()) == first and int(morph.probabilities[-1].argmax()) == second
    ink = morph.pictures * STD + MEAN
    assert ink.min() >= -1e-6 and ink.max() <= 1 + 1e-6


def test_moving_strokes_keep_their_ink_where_a_fade_is_grey(model: nn.Sequential) -> None:
    tensors = example(7), example(1)
    moved = result_of(move_strokes(model, *tensors, first_strokes=EXAMPLES[7], second_strokes=EXAMPLES[1]))
    faded = result_of(fade(model, *tensors))
    black = [int((each.pictures[FRAMES // 2] * STD + MEAN > 0.9).sum()) for each in (moved, faded)]
    assert black[0] > 1.3 * black[1]


def test_an_image_is_traced_and_still_is_where_the_morph_begins(model: nn.Sequential) -> None:
    ink = torch.zeros(1, 28, 28, dtype=torch.uint8)
    ink[0, 6:22, 13:16] = 255
    image = normalise(ink)[0]
    morph = result_of(move_strokes(model, image, example(0), second_strokes=EXAMPLES[0]))
    assert morph.has_strokes and torch.allclose(morph.pictures[0], image, atol=1e-5)


def test_without_strokes_the_pictures_fade(model: nn.Sequential) -> None:
    faint = normalise(made_split("test", 1, seed=1).images // 8)[0]
    morph = result_of(move_strokes(model, faint, example(0), second_strokes=EXAMPLES[0]))
    assert not morph.has_strokes
    assert torch.equal(morph.pictures, result_of(fade(model, faint, example(0))).pictures)


def test_each_stroke_goes_to_the_nearest_one_in_either_direction() -> None:
    first = strokes([(40, 40), (40, 240)], [(240, 40), (240, 240)])
    second = strokes([(240, 250), (240, 50)], [(50, 50), (40, 250)])
    (left, right) = paired(first, second)
    for start, end in (left, right):
        assert start.shape == end.shape == (POINTS, 2)
        assert np.hypot(*(start - end).T).max() < 20
        assert start[0, 1] < start[-1, 1] and end[0, 1] < end[-1, 1]


def test_the_longest_stroke_is_divided_where_the_other_picture_has_more() -> None:
    one = strokes([(40, 140), (240, 140)])
    three = strokes([(40, 140), (110, 140)], [(110, 140), (170, 140)], [(170, 140), (240, 140)])
    pairs = paired(one, three)
    assert len(pairs) == 3
    ends = sorted((float(start[:, 0].min()), float(start[:, 0].max())) for start, _ in pairs)
    assert ends[0][0] == pytest.approx(40) and ends[-1][1] == pytest.approx(240)
    assert [high for _, high in ends[:-1]] == pytest.approx([low for low, _ in ends[1:]])


def test_a_dot_is_a_stroke_too() -> None:
    (pair,) = paired(strokes([(140, 140)]), strokes([(40, 40), (40, 240)]))
    assert np.allclose(pair[0], 140) and np.isfinite(pair[1]).all()


def test_a_blank_drawing_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="must have ink"):
        paired(Strokes(()), EXAMPLES[3])


def test_the_progress_of_a_morph_rises_to_below_one(model: nn.Sequential) -> None:
    work = move_strokes(model, example(7), example(1), first_strokes=EXAMPLES[7], second_strokes=EXAMPLES[1])
    fractions = list(work)
    assert fractions == sorted(fractions) and fractions[-1] < 1 and len(fractions) > 10
