import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from mnist_core.analysis.activations import INPUT_LAYER, Flow, Operation, trace
from mnist_core.analysis.unit import (
    Averaged,
    Convolved,
    Copied,
    Given,
    Normalised,
    Pooled,
    Rectified,
    Shared,
    Step,
    Turned,
    Unit,
    Weighted,
    explain_unit,
    receptive_field,
)
from mnist_core.models import networks
from tests.core.analysis.test_activations import NETWORKS, made_model, made_picture


def recomputed(step: Step) -> float:
    """Work out the value of a step from the numbers that it shows, and from nothing else."""
    match step:
        case Convolved():
            return math.fsum((step.patch.double() * step.kernel.double()).flatten().tolist())
        case Pooled():
            return max(step.window.flatten().tolist())
        case Normalised():
            scaled = (step.before - step.mean) / math.sqrt(step.variance + step.epsilon)
            return scaled * step.gain + step.bias
        case Rectified():
            return max(0.0, step.before)
        case Weighted():
            return math.fsum((step.inputs.double() * step.weights.double()).tolist()) + step.bias
        case Averaged():
            return math.fsum(step.looks) / len(step.looks)
        case Shared():
            shares = [math.exp(logit / step.temperature) for logit in step.logits]
            assert step.exponentials == pytest.approx(shares)
            return shares[step.number] / math.fsum(shares)
        case Turned():
            ink = math.fsum(weight * pixel for _, _, weight, pixel in step.pixels)
            return ink + step.missing * networks.PAPER
        case Copied() | Given():
            return step.value


def some_units(flow: Flow, layer: int) -> list[Unit]:
    """The first, the last and a middle unit of a layer."""
    shape = flow.stage(layer).shape
    return sorted({tuple(side * part // 4 for side in shape) for part in (0, 1, 2, 3)} | {tuple(s - 1 for s in shape)})


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_numbers_of_every_step_make_the_value_that_torch_computed(network: tuple[str, int, int, int]) -> None:
    model = made_model(*network)
    flow = trace(model, made_picture(), temperature=1.4)
    for layer in range(INPUT_LAYER, len(model) + 1):
        for unit in some_units(flow, layer):
            look = len(flow.looks) - 1
            explanation = explain_unit(flow, layer, unit, look)
            values = flow.stage(layer).values
            assert explanation.value == float(values[min(look, len(values) - 1)][unit])
            assert explanation.steps[-1].value == explanation.value
            for step in explanation.steps:
                assert recomputed(step) == pytest.approx(step.value, abs=1e-5)


@pytest.mark.parametrize("name", ["linear", "mlp", "cnn"])
def test_each_step_begins_with_what_the_one_before_it_ended_with(name: str) -> None:
    flow = trace(made_model(name, depth=1), made_picture())
    for layer in range(len(flow.model)):
        for unit in some_units(flow, layer):
            steps = explain_unit(flow, layer, unit).steps
            for before, after in pairwise(steps):
                match after:
                    case Pooled():
                        assert float(after.window[after.winner]) == before.value
                    case Normalised() | Rectified():
                        assert after.before == before.value


def test_a_unit_after_a_relu_is_explained_from_the_convolution_on() -> None:
    flow = trace(made_model("cnn", depth=1), made_picture())
    explanation = explain_unit(flow, 6, (3, 2, 5))
    assert explanation.operations == (
        Operation.CONVOLUTION,
        Operation.POOLING,
        Operation.NORMALISATION,
        Operation.RELU,
    )
    convolved, pooled = explanation.steps[:2]
    assert isinstance(convolved, Convolved) and isinstance(pooled, Pooled)
    assert convolved.patch.shape == convolved.kernel.shape == (4, 3, 3)
    row, column = 2 * 2 + pooled.winner[0], 2 * 5 + pooled.winner[1]
    assert (convolved.top, convolved.left) == (row - 1, column - 1)  # a padding of 1 px, a stride of 1


def test_a_patch_at_the_border_holds_zeros_beyond_it() -> None:
    flow = trace(made_model("cnn", depth=1), made_picture())
    (convolved,) = explain_unit(flow, 3, (0, 0, 0)).steps
    assert isinstance(convolved, Convolved)
    assert not convolved.patch[:, 0].any() and not convolved.patch[:, :, 0].any()
    assert torch.equal(convolved.patch[:, 1:, 1:], flow.stage(2).of_look(0)[:, :2, :2])


def test_the_ten_sums_of_softmax_regression_make_its_ten_probabilities() -> None:
    model, picture = made_model("linear"), made_picture()
    flow = trace(model, picture, temperature=2.0)
    layer = model[1]
    assert isinstance(layer, nn.Linear)
    exponentials = []
    for digit in range(10):
        (weighted,) = explain_unit(flow, 1, (digit,)).steps
        assert isinstance(weighted, Weighted) and weighted.picture_shape == (1, 28, 28)
        template = layer.weight[digit].detach().double()
        total = float((picture.flatten().double() * template).sum()) + float(layer.bias[digit].detach())
        assert weighted.value == pytest.approx(total, abs=1e-5)
        exponentials.append(math.exp(total / 2.0))
    for digit in range(10):
        (shared,) = explain_unit(flow, 2, (digit,)).steps
        assert isinstance(shared, Shared)
        assert shared.value == pytest.approx(exponentials[digit] / sum(exponentials), abs=1e-6)
        assert shared.exponentials == pytest.approx(exponentials, rel=1e-4)


def test_a_flattened_unit_names_the_place_it_came_from() -> None:
    flow = trace(made_model("cnn", depth=1), made_picture())
    (copied,) = explain_unit(flow, 11, (50,)).steps  # 9 units a channel
    assert isinstance(copied, Copied) and copied.source == (5, 1, 2)


@pytest.mark.parametrize(("name", "looks"), [("cnn", 1), ("cnn", 3), ("mlp", 1), ("linear", 1)])
def test_pixels_outside_the_receptive_field_do_not_change_a_unit_and_some_inside_do(name: str, looks: int) -> None:
    model = made_model(name, depth=2, looks=looks)
    body = nn.Sequential(*list(model)[1:]) if looks > 1 else model
    picture = made_picture(2)
    flow = trace(model, picture)
    first = 1 if looks > 1 else 0
    pictures = flow.stage(0).values if looks > 1 else picture[None]
    for layer in range(first, len(model)):
        for unit in some_units(flow, layer):
            box = receptive_field(flow, layer, unit)
            inside = torch.zeros(28, 28, dtype=torch.bool)
            inside[box.top : box.bottom, box.left : box.right] = True
            noise = torch.randn(28, 28, generator=torch.Generator().manual_seed(layer))
            until = body[: layer - first + 1]
            with torch.no_grad():
                plain, outer, inner = (
                    until(pictures + noise * mask)[(0, *unit)] for mask in (torch.zeros(28, 28), ~inside, inside)
                )
            torch.testing.assert_close(outer, plain, rtol=1e-5, atol=1e-6)
            if flow.stage(layer).of_look(0)[unit] > 0:  # a ReLU hides what happens below 0
                assert inner != plain, f"layer {layer}, unit {unit}"


def test_a_rotated_pixel_lies_between_at_most_four_and_an_unrotated_one_is_itself() -> None:
    flow = trace(made_model("cnn", looks=3), made_picture())
    for place in ((0, 5, 9), (0, 27, 27)):
        (turned,) = explain_unit(flow, 0, place, look=0).steps
        assert isinstance(turned, Turned) and len(turned.pixels) <= 4
        (still,) = explain_unit(flow, 0, place, look=1).steps
        assert isinstance(still, Turned)
        assert still.pixels == ((place[1], place[2], 1.0, still.value),)


def test_a_layer_unit_or_look_that_does_not_exist_is_refused() -> None:
    flow = trace(made_model("cnn", depth=1), made_picture())
    for layer, unit, look in ((99, (0,), 0), (0, (0,), 0), (0, (4, 0, 0), 0), (0, (0, 12, 0), 0), (0, (0, 0, 0), 1)):
        with pytest.raises(ValueError):
            explain_unit(flow, layer, unit, look)
