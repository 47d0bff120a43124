"""Explain an answer: how much each pixel of the input speaks for a digit, by methods of captum.

Every method explains one logit. An explanation may look convincing and yet say nothing about what the model learnt
(Adebayo et al., arXiv:1810.03292): compare it with that of the same network with random weights, `randomised`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import PAPER, TestTimeRotations, parameter_count, rotate
from mnist_core.progress import Progress, result_of

# NOTE: captum loads matplotlib, which takes a second: it is imported when somebody asks for an explanation.

STEPS = 64  # of integrated gradients, from blank paper to the picture
STEPS_AT_ONCE, STEPS_AT_ONCE_IN_LARGE = 16, 2
WINDOW = 5  # px, side of the square that occlusion covers; a stroke is 3 to 4 px wide
SQUARES_AT_ONCE, SQUARES_AT_ONCE_IN_LARGE = 24, 4  # divide the squares in a row
LARGE = 1_000_000  # parameters times views; a step of a larger network takes fewer pictures at once
SEED_DISTANCE = 1_000_003  # between the seeds of a training and of the random weights that it is compared with
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Method:
    """A way to explain an answer.

    Attributes:
        name: for display.
        sentence: what it does.
        pitfall: how it misleads.
        source: the paper.
        unit: of its values.
        is_complete: whether the values add up to the difference between the logits of the picture and of the baseline.
        has_baseline: whether it compares the picture with blank paper.
        has_sign: whether a value can speak against the digit.
        needs_convolutions: whether it explains convolutional networks alone.
    """

    name: str
    sentence: str
    pitfall: str
    source: str
    unit: str = "logits"
    is_complete: bool = False
    has_baseline: bool = False
    has_sign: bool = True
    needs_convolutions: bool = False


METHODS = {
    "integrated-gradients": Method(
        "Integrated gradients",
        f"The picture appears on blank paper in {STEPS} small steps; each pixel gets its share of the change in the "
        "logit.",
        "Every value is multiplied by the pixel's ink, so blank paper gets nothing, even where a missing stroke "
        "decides, and any network's map resembles the digit.",
        "Sundararajan, Taly and Yan, arXiv:1703.01365",
        is_complete=True,
        has_baseline=True,
    ),
    "occlusion": Method(
        "Occlusion",
        f"A blank square of {WINDOW} × {WINDOW} pixels covers each place in turn; a pixel's value is the mean drop of "
        "the logit when it is covered.",
        "It sees one place at a time: two strokes that can replace each other both look unimportant. And a digit with "
        "a hole is an input that the model never saw.",
        "Zeiler and Fergus, arXiv:1311.2901",
        has_baseline=True,
    ),
    "grad-cam": Method(
        "Grad-CAM",
        "The feature maps of the last convolution are added up, each weighted by its mean gradient; what is below 0 is "
        "left out.",
        "These maps have 3 × 3 places, enlarged to 28 × 28: it says roughly where, never which stroke, and nothing "
        "about what speaks against the digit.",
        "Selvaraju et al., arXiv:1610.02391",
        has_sign=False,
        needs_convolutions=True,
    ),
    "gradient": Method(
        "Gradient",
        "A pixel's value is the slope of the logit: how fast it rises as the pixel gets a little brighter.",
        "It holds for tiny changes alone. It is noisy, and a pixel that the answer rests on can have a slope of 0.",
        "Simonyan, Vedaldi and Zisserman, arXiv:1312.6034",
        unit="logits per unit of the normalised input",
    ),
}
DEFAULT_METHOD = "integrated-gradients"


@dataclass(frozen=True)
class Attribution:
    """How much each pixel speaks for a digit.

    Attributes:
        values: (28, 28) float32, positive where a pixel speaks for the digit and negative where it speaks against it.
        picture: the explained input, (28, 28) float32, normalised.
        target: the digit that is asked about.
        method: one of `METHODS`.
        baseline: the value of blank paper in a normalised input, with which methods with a baseline compare.
        logits: ten, of the picture, not divided by a temperature.
        baseline_logits: ten, of blank paper.
    """

    values: np.ndarray
    picture: np.ndarray
    target: int
    method: str
    baseline: float
    logits: tuple[float, ...]
    baseline_logits: tuple[float, ...]

    @property
    def total(self) -> float:
        """The sum of all values."""
        return float(self.values.sum(dtype=np.float64))

    @property
    def difference(self) -> float:
        """The target's logit for the picture minus that for blank paper."""
        return self.logits[self.target] - self.baseline_logits[self.target]

    @property
    def completeness_gap(self) -> float | None:
        """By how much the sum misses the difference; None for a method whose values need not add up to it."""
        return self.total - self.difference if METHODS[self.method].is_complete else None


def attribute(
    model: nn.Sequential, tensor: torch.Tensor, target: int | None = None, method: str = DEFAULT_METHOD
) -> Attribution:
    """Explain how much each pixel of an input speaks for a digit; see `attribute_in_steps`.

    The target is the model's own answer unless another is given.
    """
    return result_of(attribute_in_steps(model, tensor, target, method))


def attribute_in_steps(
    model: nn.Sequential, tensor: torch.Tensor, target: int | None = None, method: str = DEFAULT_METHOD
) -> Progress[Attribution]:
    """Explain how much each pixel of an input speaks for a digit, in steps of some ms.

    Test-time rotations are a part of the model: the explanation is that of the picture before them.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10); in evaluation mode, on the CPU.
        tensor: the input, (1, 28, 28) float32, normalised.
        target: whose logit is explained, 0 to 9; None for the model's own answer.
        method: one of `METHODS`.

    Raises:
        ValueError: an argument is not one of these, or the method does not fit the model.
    """
    if tuple(tensor.shape) != (1, SIDE, SIDE):
        raise ValueError(f"tensor must have the shape (1, {SIDE}, {SIDE}), got {tuple(tensor.shape)}")
    if target is not None and target not in range(CLASSES):
        raise ValueError(f"target must be a digit from 0 to {CLASSES - 1}, got {target}")
    check_method(model, method)
    return _attribute_in_steps(model, tensor.detach().clone()[None], target, method)


def check_method(model: nn.Sequential, method: str) -> None:
    """Check that a method exists and fits a model.

    Raises:
        ValueError: it does not.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r:.40}")
    if METHODS[method].needs_convolutions and not has_convolutions(model):
        raise ValueError(f"{METHODS[method].name} needs a network with convolutions, and this one has none")


def has_convolutions(model: nn.Module) -> bool:
    """Tell whether a network has convolutions."""
    return any(isinstance(layer, nn.Conv2d) for layer in model.modules())


def _attribute_in_steps(
    model: nn.Sequential, inputs: torch.Tensor, target: int | None, method: str
) -> Progress[Attribution]:
    baseline = torch.full_like(inputs, PAPER)
    with torch.no_grad():
        logits, baseline_logits = model(torch.cat([inputs, baseline])).tolist()
    chosen = logits.index(max(logits)) if target is None else target
    values = yield from _EXPLAINERS[method](model, inputs, chosen)
    return Attribution(
        values.detach().float().numpy()[0, 0],
        inputs.detach().numpy()[0, 0],
        chosen,
        method,
        PAPER,
        tuple(logits),
        tuple(baseline_logits),
    )


def _integrated_gradients(model: nn.Sequential, inputs: torch.Tensor, target: int) -> Progress[torch.Tensor]:
    """Integrate the gradients along the line from blank paper to the picture.

    The line is cut into pieces with equal steps, whose attributions add up to those of the whole line.
    """
    from captum.attr import IntegratedGradients

    explainer, baseline = IntegratedGradients(model), torch.full_like(inputs, PAPER)
    at_once = STEPS_AT_ONCE_IN_LARGE if _is_large(model) else STEPS_AT_ONCE
    pieces = STEPS // at_once
    points = [torch.lerp(baseline, inputs, piece / pieces) for piece in range(pieces + 1)]
    total = torch.zeros_like(inputs)
    for piece in range(pieces):
        yield piece / pieces
        total += explainer.attribute(
            points[piece + 1],
            baselines=points[piece],
            target=target,
            n_steps=at_once,
            method="riemann_middle",
        )
    return total


def _occlusion(model: nn.Sequential, inputs: torch.Tensor, target: int) -> Progress[torch.Tensor]:
    """Cover squares of the picture, patch by patch: a patch holds some squares that lie side by side.

    captum gives a patch's pixel the mean over the patch's squares with it; the result is the mean over all squares.
    """
    from captum.attr import Occlusion

    total, counts = torch.zeros_like(inputs), torch.zeros_like(inputs)
    at_once = SQUARES_AT_ONCE_IN_LARGE if _is_large(model) else SQUARES_AT_ONCE
    places = range(SIDE - WINDOW + 1)
    patches = [(top, left) for top in places for left in places[::at_once]]
    squares = functional.conv_transpose1d(torch.ones(1, 1, at_once), torch.ones(1, 1, WINDOW))[0, 0]  # with a column
    for number, (top, left) in enumerate(patches):
        yield number / len(patches)
        patch = (..., slice(top, top + WINDOW), slice(left, left + len(squares)))
        drops = Occlusion(_with_patch(model, inputs, patch)).attribute(
            inputs[patch],
            sliding_window_shapes=(1, WINDOW, WINDOW),
            baselines=PAPER,
            target=target,
            perturbations_per_eval=at_once,
        )
        total[patch] += drops * squares
        counts[patch] += squares
    return total / counts


def _with_patch(
    model: nn.Sequential, inputs: torch.Tensor, patch: tuple[Any, ...]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the model as a function of a part of its input: (N, 1, h, w) to logits (N, 10)."""

    def forward(parts: torch.Tensor) -> torch.Tensor:
        pictures = inputs.repeat(parts.shape[0], 1, 1, 1)
        pictures[patch] = parts
        with torch.no_grad():
            return torch.as_tensor(model(pictures))

    return forward


def _is_large(model: nn.Sequential) -> bool:
    first = model[0]
    views = len(first.angles) if isinstance(first, TestTimeRotations) else 1
    return parameter_count(model) * views > LARGE


def _grad_cam(model: nn.Sequential, inputs: torch.Tensor, target: int) -> Progress[torch.Tensor]:
    """Weigh the last convolution's feature maps; those of rotated views are rotated back and added up."""
    from captum.attr import LayerAttribution, LayerGradCam

    yield 0.0
    layers = list(model)
    end = next(place for place, layer in enumerate(layers) if isinstance(layer, nn.Flatten))
    # NOTE: a layer of its own to hook into, because other threads use the model's own layers meanwhile.
    features = nn.Identity()
    explainer = LayerGradCam(nn.Sequential(*layers[:end], features, *layers[end:]), features)
    coarse = explainer.attribute(inputs.requires_grad_(), target, relu_attributions=True)
    maps: torch.Tensor = LayerAttribution.interpolate(coarse.detach(), (SIDE, SIDE), "bilinear")
    first = layers[0]
    if isinstance(first, TestTimeRotations):
        views = zip(maps.split(1), first.angles, strict=True)
        maps = torch.stack([_turned_back(view, angle) for view, angle in views]).sum(dim=0)
    return maps.relu()  # which rounding may have taken below 0


def _turned_back(view: torch.Tensor, angle: float) -> torch.Tensor:
    """Undo the rotation of a map by an angle in radians; what it never covered continues its edge."""
    # NOTE: `rotate` fills the corners with paper, so they have to lie outside the picture.
    margin = 3  # px
    wide = functional.pad(view, (margin,) * 4, mode="replicate")
    return rotate(wide, -angle)[..., margin:-margin, margin:-margin]


def _gradient(model: nn.Sequential, inputs: torch.Tensor, target: int) -> Progress[torch.Tensor]:
    from captum.attr import Saliency

    yield 0.0
    gradient: torch.Tensor = Saliency(model).attribute(inputs.requires_grad_(), target, abs=False)
    return gradient


_EXPLAINERS: dict[str, Callable[[nn.Sequential, torch.Tensor, int], Progress[torch.Tensor]]] = {
    "integrated-gradients": _integrated_gradients,
    "occlusion": _occlusion,
    "grad-cam": _grad_cam,
    "gradient": _gradient,
}


def randomised(config: TrainConfig) -> nn.Sequential:
    """Return a configuration's network with random weights, in evaluation mode.

    An explanation that looks the same for them shows the picture, and nothing of what the network learnt (Adebayo et
    al., arXiv:1810.03292). They are drawn anew from another seed, always the same one for a configuration: not the
    initial weights of its training, of which a trained network keeps much.
    """
    return replace(config, seed=(config.seed + SEED_DISTANCE) % (MAX_SEED + 1)).build_model().eval()


def attribute_beside_random(
    model: nn.Sequential, config: TrainConfig, tensor: torch.Tensor, target: int, method: str = DEFAULT_METHOD
) -> Progress[tuple[Attribution, Attribution]]:
    """Explain an input for a network and for the same network with random weights, in steps of some ms.

    Args:
        model, tensor, target, method: see `attribute_in_steps`.
        config: of the network.

    Raises:
        ValueError: see `attribute_in_steps`.
    """
    networks = (model, randomised(config))
    first, second = (attribute_in_steps(network, tensor, target, method) for network in networks)
    return _one_after_the_other(first, second)


def _one_after_the_other(
    first: Progress[Attribution], second: Progress[Attribution]
) -> Progress[tuple[Attribution, Attribution]]:
    results = []
    for start, progress in ((0.0, first), (0.5, second)):
        while True:
            try:
                fraction = next(progress)
            except StopIteration as end:
                results.append(end.value)
                break
            yield start + fraction / 2
    return results[0], results[1]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Spearman's rank correlation of two arrays of one shape, in [-1, 1]; None when one of them is constant.

    Equal values share the mean of their ranks.
    """
    first, second = _centred_ranks(one), _centred_ranks(other)
    length = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / length if length else None


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    of_each: np.ndarray = ranks[places]
    return of_each - of_each.mean()
