"""Noise, shift, turning and thickness: what they do to a picture, and where an answer changes."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mnist_core.analysis.robustness import (
    KINDS,
    Break,
    Curve,
    Distortion,
    answer_curve,
    answer_curves,
    distort,
    inverted,
)
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import parse_strokes
from mnist_core.models.networks import rotate
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.paths import ASSETS
from mnist_core.progress import result_of

BY_FIELD = {kind.field: kind for kind in KINDS}


def as_input(ink: torch.Tensor) -> torch.Tensor:
    return (ink - MEAN) / STD


def ink_of(tensor: torch.Tensor) -> torch.Tensor:
    return tensor * STD + MEAN


@pytest.fixture
def bar() -> torch.Tensor:
    """A vertical bar, 4 px wide and 12 px high, in the middle, as model input."""
    ink = torch.zeros(1, 28, 28)
    ink[0, 8:20, 12:16] = 1
    return as_input(ink)


class CentreOfInk(nn.Module):
    """Answers 1 when the ink's centre of mass lies right of a column, and else 0."""

    def __init__(self, column: float) -> None:
        super().__init__()
        self.column = column

    def forward(self, digits: torch.Tensor) -> torch.Tensor:
        ink = ink_of(digits)
        x = (ink.sum(dim=(1, 2)) * (torch.arange(28) + 0.5)).sum(dim=1) / ink.sum(dim=(1, 2, 3))
        logits = torch.full((len(digits), 10), -50.0)
        logits[:, 0], logits[:, 1] = self.column - x, x - self.column
        return logits


def test_nothing_changes_without_an_amount(bar: torch.Tensor) -> None:
    grey = as_input(torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(1)))
    for tensor in (bar, grey):
        assert torch.allclose(distort(tensor, [Distortion()])[0], tensor, atol=1e-5)
        among_others = distort(tensor, [Distortion(), Distortion(turn=5, thickness=1, noise=0.1)])[0]
        assert torch.allclose(among_others, tensor, atol=1e-4)


def test_a_shift_by_whole_pixels_moves_every_pixel(bar: torch.Tensor) -> None:
    moved = ink_of(distort(bar, [Distortion(right=3, down=-2)]))[0, 0]
    expected = torch.zeros(28, 28)
    expected[6:18, 15:19] = 1
    assert torch.allclose(moved, expected, atol=1e-4)


def test_a_turn_is_the_rotation_that_the_network_s_own_looks_use(bar: torch.Tensor) -> None:
    turned = distort(bar, [Distortion(turn=30)])
    assert torch.allclose(turned, rotate(bar[None], torch.tensor(30.0).deg2rad().item()), atol=1e-4)


def test_a_picture_is_turned_about_its_middle_and_then_moved(bar: torch.Tensor) -> None:
    both = ink_of(distort(bar, [Distortion(turn=90, right=5)]))[0, 0]
    expected = torch.zeros(28, 28)
    expected[12:16, 13:25] = 1  # lies now, with its middle 5 px to the right
    assert torch.allclose(both, expected, atol=1e-3)


@pytest.mark.parametrize("amount", [-2.0, -1.0, 1.0, 2.0, 3.0])
def test_a_bar_becomes_thicker_or_thinner_by_as_many_pixels(bar: torch.Tensor, amount: float) -> None:
    row = ink_of(distort(bar, [Distortion(thickness=amount)]))[0, 0, 14]
    assert float(row.sum()) == pytest.approx(4 + amount, abs=1e-3)


def test_thickness_changes_evenly_between_the_parts_of_a_pixel(bar: torch.Tensor) -> None:
    amounts = torch.linspace(-3, 3, 49).tolist()
    widths = ink_of(distort(bar, [Distortion(thickness=amount) for amount in amounts]))[:, 0, 14].sum(dim=1)
    assert widths.tolist() == pytest.approx([4 + amount for amount in amounts], abs=1e-3)


def test_noise_has_the_asked_standard_deviation_and_is_the_same_for_one_seed() -> None:
    grey = as_input(torch.full((1, 28, 28), 0.5))
    first, again, other = (ink_of(distort(grey, [Distortion(noise=0.1)], seed=seed)) for seed in (3, 3, 4))
    assert float((first - 0.5).std()) == pytest.approx(0.1, rel=0.1)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_whatever_is_asked_for_the_picture_stays_between_paper_and_ink(bar: torch.Tensor) -> None:
    extremes = [kind.at(amount, Distortion(noise=0.5)) for kind in KINDS for amount in (kind.lowest, kind.highest)]
    ink = ink_of(distort(bar, extremes))
    assert ink.shape == (len(extremes), 1, 28, 28)
    assert ink.min() >= -1e-6 and ink.max() <= 1 + 1e-6


def test_the_answer_changes_where_the_bar_crosses_the_line(bar: torch.Tensor) -> None:
    curve = result_of(answer_curve(CentreOfInk(16.2), bar, BY_FIELD["right"]))
    assert curve.answer == 0 and curve.below is None
    assert curve.above and curve.above.answer == 1
    assert curve.above.amount == pytest.approx(2.2, abs=0.02)  # the bar's middle is at 14


@pytest.mark.parametrize("field", BY_FIELD)
def test_before_a_break_the_answer_is_the_same_and_at_it_another(field: str) -> None:
    model = load_trained(model_folder("linear")).model
    stages = preprocess(parse_strokes((ASSETS / "examples.jsonl").read_text().splitlines()[7]))
    assert stages
    tensor = stages.tensor
    others = Distortion(noise=0.1, turn=5, right=1)
    curve = result_of(answer_curve(model, tensor, BY_FIELD[field], others))

    def answer_at(amount: float) -> int:
        return int(model(distort(tensor, [replace(others, **{field: amount})])).argmax())

    assert answer_at(0) == curve.answer
    breaks = [each for each in (curve.below, curve.above) if each]
    assert breaks
    for each in breaks:
        inwards = -0.02 if each.amount > 0 else 0.02
        assert answer_at(each.amount) == each.answer != curve.answer
        assert answer_at(each.amount + inwards * curve.kind.step) == curve.answer


def test_the_probabilities_are_the_model_s_for_the_changed_pictures(bar: torch.Tensor) -> None:
    model, kind = CentreOfInk(14.0), BY_FIELD["turn"]
    curve = result_of(answer_curve(model, bar, kind, temperature=2.0))
    pictures = distort(bar, [Distortion(turn=amount) for amount in curve.amounts])
    assert torch.allclose(curve.probabilities, torch.softmax(model(pictures) / 2, dim=1), atol=1e-5)
    assert (curve.amounts[0], curve.amounts[-1]) == (-180, 180)


def test_all_curves_are_those_of_each_kind(bar: torch.Tensor) -> None:
    model = CentreOfInk(16.2)
    work = answer_curves(model, bar)
    fractions = []
    while True:
        try:
            fractions.append(next(work))
        except StopIteration as end:
            curves: dict[str, Curve] = end.value
            break
    assert fractions == sorted(fractions) and fractions[-1] < 1
    assert list(curves) == list(BY_FIELD)
    assert curves["right"].above == result_of(answer_curve(model, bar, BY_FIELD["right"])).above
    assert isinstance(curves["right"].above, Break) and curves["down"].above is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.field)
def test_the_amounts_of_a_kind_rise_evenly_through_0(kind: object) -> None:
    assert isinstance(kind, type(KINDS[0]))
    assert kind.amounts[0] == pytest.approx(kind.lowest) and kind.amounts[-1] == pytest.approx(kind.highest)
    assert 0 in kind.amounts and kind.amounts == sorted(kind.amounts)


def test_an_inverted_picture_has_ink_where_paper_was(bar: torch.Tensor) -> None:
    assert torch.allclose(ink_of(inverted(bar)), 1 - ink_of(bar), atol=1e-6)
    assert torch.allclose(inverted(inverted(bar)), bar, atol=1e-6)
