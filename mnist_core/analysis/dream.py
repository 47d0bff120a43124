"""The image that a class or a unit dreams of: activation maximisation by gradient ascent on the pixels.

The idea is from Simonyan, Vedaldi and Zisserman (arXiv:1312.6034), who decay the pixels (L2). Blur and jitter keep the
image free of patterns that no pen would draw (Yosinski et al., arXiv:1506.06579; Olah, Mordvintsev and Schubert, 2017,
distill.pub/2017/feature-visualization).
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from mnist_core.analysis.unit_pictures import index_in_single_view, single_view
from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.progress import Progress

STEPS = 160  # of gradient ascent
FRAMES = 33  # pictures that are kept, the first and the last among them
RATE = 0.06  # ink that a pixel gains in a step where the gradient has its root mean square
DECAY = 0.02  # of the ink, lost in every step
BLUR = 0.5  # px, standard deviation of the blur after every `BLUR_EVERY` steps
BLUR_EVERY = 4
JITTER = 2  # px, the largest shift in a step
NOISE = 0.1  # ink of the brightest pixel of the first picture
MAP_NOISE = 0.6  # the same for a channel: its feature map needs differences to begin from
LEAK = 0.01  # how much of the mean of a feature map counts besides the squares of what is above 0


@dataclass(frozen=True)
class Dream:
    """How an image that a unit likes forms.

    Attributes:
        frames: (F, 28, 28) float32, ink coverage in [0, 1], from noise to the last picture.
        activations: (F,) float32, the unit's activation for each frame, before any ReLU: the largest in a feature map,
            or the logit of a class.
    """

    frames: torch.Tensor
    activations: torch.Tensor


def dream(model: nn.Sequential, number: int, unit: int, *, seed: int = 0, steps: int = STEPS) -> Progress[Dream]:
    """Change noise step by step into an image that a unit likes.

    The ascent is on the logit of a class, the activation of a hidden unit, or the mean square of the positive
    activations in a feature map: their mean alone is often largest on blank paper.

    Args:
        model: in evaluation mode, on the CPU; not changed. It sees the image once, without test-time rotations.
        number: the index of the unit's layer in the model: the last one for a class. Before a ReLU the gradient is
            never 0, so the layer before it is used instead.
        unit: the channel, the hidden unit or the class.
        seed: of the noise and the jitter; the same seed gives the same image.
        steps: of gradient ascent.

    Raises:
        ValueError: the layer has no such unit.
    """
    layers = list(single_view(model))[: index_in_single_view(model, number) + 1]
    if isinstance(layers[-1], nn.ReLU):
        layers.pop()
    network = nn.Sequential(*layers)
    generator = torch.Generator().manual_seed(seed)
    ink = torch.rand(1, 1, SIDE, SIDE, generator=generator)
    outputs = _outputs(network, ink)
    ink *= NOISE if outputs.ndim == 2 else MAP_NOISE
    count = outputs.shape[1]
    if not 0 <= unit < count:
        raise ValueError(f"unit must be 0 to {count - 1}, got {unit}")
    kept = {round(place * steps / (FRAMES - 1)) for place in range(FRAMES)}
    frames, activations = [ink], [_activation(network, ink, unit)]
    for step in range(1, steps + 1):
        ink = _ascended(network, ink, unit, generator)
        if step % BLUR_EVERY == 0 and step < steps:
            ink = _blurred(ink)
        if step in kept:
            frames.append(ink)
            activations.append(_activation(network, ink, unit))
        yield step / steps
    return Dream(torch.cat(frames)[:, 0], torch.stack(activations))


def _ascended(network: nn.Sequential, ink: torch.Tensor, unit: int, generator: torch.Generator) -> torch.Tensor:
    """Return an image after a step up the gradient, seen from a place that jitters."""
    shift = torch.randint(-JITTER, JITTER + 1, (2,), generator=generator).tolist()
    with torch.enable_grad():
        shown = ink.detach().requires_grad_()
        outputs = _outputs(network, shown.roll(shift, (2, 3)))[0, unit]
        aim = outputs if outputs.ndim == 0 else outputs.clamp(min=0).square().mean() + LEAK * outputs.mean()
        (gradient,) = torch.autograd.grad(aim, shown)
    gradient = gradient / gradient.square().mean().sqrt().clamp(min=1e-12)
    return ((1 - DECAY) * ink + RATE * gradient).clamp(0, 1)


def _blurred(ink: torch.Tensor) -> torch.Tensor:
    """Return an image (1, 1, H, W) after a Gaussian blur of `BLUR` px."""
    places = torch.arange(-2.0, 3.0)
    weights = torch.exp(-places.square() / (2 * BLUR**2))
    weights = weights / weights.sum()
    return functional.conv2d(
        functional.conv2d(ink, weights.view(1, 1, 5, 1), padding=(2, 0)), weights.view(1, 1, 1, 5), padding=(0, 2)
    )


def _outputs(network: nn.Sequential, ink: torch.Tensor) -> torch.Tensor:
    """Return the outputs (1, C, ...) for ink (1, 1, 28, 28) in [0, 1]."""
    outputs: torch.Tensor = network((ink - MEAN) / STD)
    return outputs


@torch.no_grad()
def _activation(network: nn.Sequential, ink: torch.Tensor, unit: int) -> torch.Tensor:
    return _outputs(network, ink)[0, unit].max()
