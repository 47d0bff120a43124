"""The loss over one parameter: held to a whole `nn.Linear` with PyTorch's loss and gradient, and to numbers by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from mnist_core.analysis.loss_curve import LossCurve, Parameter
from tests.made import made_split

SPLIT = made_split("train", 40, seed=3)
WEIGHT, BIAS = Parameter(3, (8, 18)), Parameter(7)


def in_pytorch(parameter: Parameter, value: float) -> tuple[float, float]:
    """Return loss and slope of softmax regression with all 7,850 parameters, one of which is not 0."""
    model = nn.Linear(784, 10).double()
    number = None if parameter.pixel is None else 28 * parameter.pixel[0] + parameter.pixel[1]
    with torch.no_grad():
        model.weight.zero_()
        model.bias.zero_()
        if number is None:
            model.bias[parameter.digit] = value
        else:
            model.weight[parameter.digit, number] = value
    loss = functional.cross_entropy(model(SPLIT.images.flatten(1).double() / 255), SPLIT.labels)
    loss.backward()
    assert model.weight.grad is not None and model.bias.grad is not None
    slope = model.bias.grad[parameter.digit] if number is None else model.weight.grad[parameter.digit, number]
    return float(loss.detach()), float(slope)


@given(st.sampled_from([WEIGHT, BIAS, Parameter(0, (0, 0))]), st.floats(-20, 20))
def test_loss_and_slope_are_those_of_the_whole_model_in_pytorch(parameter: Parameter, value: float) -> None:
    curve = LossCurve.of(parameter, SPLIT.images, SPLIT.labels)
    loss, slope = in_pytorch(parameter, value)
    assert curve.loss(value) == pytest.approx(loss, abs=1e-9)
    assert curve.slope_by_hand(value) == pytest.approx(slope, abs=1e-9)
    assert curve.slope_by_autograd(value) == pytest.approx(slope, abs=1e-9)


def test_one_image_worked_out_by_hand() -> None:
    images = torch.zeros(1, 28, 28, dtype=torch.uint8)
    images[0, 14, 14] = 51  # a fifth of 255
    curve = LossCurve.of(Parameter(2, (14, 14)), images, torch.tensor([2]))
    # The logit of 2 is 0.2 w, the others are 0. At w = 0 all ten probabilities are a tenth.
    assert curve.loss(0.0) == pytest.approx(math.log(10))
    assert curve.slope_by_hand(0.0) == pytest.approx((0.1 - 1) * 0.2)
    assert curve.p(5.0).item() == pytest.approx(math.e / (math.e + 9))
    assert curve.step(0.0, 10.0) == pytest.approx(1.8)
    other = LossCurve.of(Parameter(2, (14, 14)), images, torch.tensor([6]))
    assert other.slope_by_hand(0.0) == pytest.approx(0.1 * 0.2)


def test_a_small_step_leads_downhill_and_a_huge_one_may_lead_uphill() -> None:
    curve = LossCurve.of(WEIGHT, SPLIT.images, SPLIT.labels)
    assert curve.loss(curve.step(4.0, 1.0)) < curve.loss(4.0)
    assert curve.loss(curve.step(4.0, 1e4)) > curve.loss(4.0)


@given(st.floats(-6, 6), st.floats(-6, 6))
def test_the_curve_lies_above_each_of_its_tangents_and_touches_it(value: float, at: float) -> None:
    curve = LossCurve.of(BIAS, SPLIT.images, SPLIT.labels)
    assert curve.losses([at])[0] >= curve.tangent(value, at) - 1e-12  # cross-entropy is convex in the logits
    assert curve.tangent(value, value) == pytest.approx(curve.loss(value))


@pytest.mark.parametrize(("digit", "pixel"), [(10, None), (-1, None), (0, (28, 0)), (0, (0, -1))])
def test_a_parameter_that_the_model_does_not_have_is_refused(digit: int, pixel: tuple[int, int] | None) -> None:
    with pytest.raises(ValueError, match="must be 0 to"):
        Parameter(digit, pixel)


def test_no_images_have_no_loss() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        LossCurve.of(BIAS, SPLIT.images[:0], SPLIT.labels[:0])
