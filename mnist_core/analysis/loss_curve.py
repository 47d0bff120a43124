"""The loss of softmax regression over one of its parameters, and its slope there, by hand and by autograd."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE


@dataclass(frozen=True)
class Parameter:
    """One of the 7,850 parameters of softmax regression.

    Attributes:
        digit: whose logit it is part of, 0 to 9.
        pixel: the row and the column of the pixel that a weight belongs to, 0 to 27 each; None for the bias.

    Raises:
        ValueError: there is no such digit or pixel.
    """

    digit: int
    pixel: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.digit < CLASSES:
            raise ValueError(f"digit must be 0 to {CLASSES - 1}, got {self.digit}")
        if self.pixel is not None and not all(0 <= place < SIDE for place in self.pixel):
            raise ValueError(f"row and column must be 0 to {SIDE - 1}, got {self.pixel}")


@dataclass(frozen=True, eq=False)
class LossCurve:
    """The mean loss of some images over one parameter; all other parameters stay 0, as before the first step.

    Only one logit depends on the parameter: that of its digit is the parameter times x. The other nine are 0.

    Attributes:
        digit: whose logit it is.
        x: (N,) float64, what the parameter is multiplied with in each image: the pixel's value, or 1 for the bias.
        labels: (N,) int64.
    """

    digit: int
    x: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def of(cls, parameter: Parameter, images: torch.Tensor, labels: torch.Tensor) -> "LossCurve":
        """Return the curve of a parameter.

        Args:
            parameter: which one.
            images: (N, 28, 28) uint8; the model sees them divided by 255.
            labels: (N,) int64.

        Raises:
            ValueError: there are no images.
        """
        if not len(images):
            raise ValueError("a loss needs at least one image, got none")
        if parameter.pixel is None:
            x = torch.ones(len(images), dtype=torch.float64)
        else:
            x = images[:, parameter.pixel[0], parameter.pixel[1]].double() / 255
        return cls(parameter.digit, x, labels)

    @cached_property
    def y(self) -> torch.Tensor:
        """The target for the digit, (N,) float64: 1 for its images and 0 for all others."""
        return (self.labels == self.digit).double()

    def logits(self, value: torch.Tensor) -> torch.Tensor:
        """Return the logits (N, 10) float64 at a value of the parameter, a tensor without dimensions."""
        is_digit = functional.one_hot(torch.tensor(self.digit), CLASSES).double()
        return (value * self.x)[:, None] * is_digit

    def p(self, value: float) -> torch.Tensor:
        """Return the probability of the digit for each image, (N,) float64."""
        return torch.softmax(self.logits(torch.tensor(value, dtype=torch.float64)), dim=1)[:, self.digit]

    def loss(self, value: float) -> float:
        """Return the mean cross-entropy at a value of the parameter, in nats."""
        return float(self._loss(torch.tensor(value, dtype=torch.float64)))

    def losses(self, values: Sequence[float]) -> list[float]:
        """Return the mean cross-entropy at each of some values, in nats."""
        return [self.loss(value) for value in values]

    def products(self, value: float) -> torch.Tensor:
        """Return (p - y) x of each image, (N,) float64: what the image adds to the slope, times N."""
        return (self.p(value) - self.y) * self.x

    def slope_by_hand(self, value: float) -> float:
        """Return the derivative of the loss by the parameter: the mean of (p - y) x over the images."""
        return float(self.products(value).mean())

    def slope_by_autograd(self, value: float) -> float:
        """Return the derivative of the loss by the parameter as `loss.backward()` finds it."""
        with torch.inference_mode(mode=False), torch.enable_grad():
            parameter = torch.tensor(value, dtype=torch.float64, requires_grad=True)
            self._loss(parameter).backward()
        assert parameter.grad is not None
        return float(parameter.grad)

    def tangent(self, value: float, at: float) -> float:
        """Return the height of the tangent that touches the curve at `value`, at another value `at`, in nats."""
        return self.loss(value) + self.slope_by_hand(value) * (at - value)

    def step(self, value: float, rate: float) -> float:
        """Return the value of the parameter after one step of gradient descent with a learning rate."""
        return value - rate * self.slope_by_hand(value)

    def _loss(self, value: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(self.logits(value), self.labels)
