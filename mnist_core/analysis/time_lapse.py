"""What a network made of the same pictures at several moments of its training, on one scale and in one plane.

A frame per moment: the filters of the first layer, a picture's activations and probabilities, and where some images lie
in the plane of features. The plane is the same for all moments, because only then does a point that moves on the screen
move in feature space (Li, Zhao and Scheidegger, doi:10.23915/distill.00025).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.analysis.embedding import BATCH, Plane, features, l2_normalise, principal_plane
from mnist_core.analysis.first_layer import first_layer_images
from mnist_core.constants import SIDE
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import TestTimeRotations
from mnist_core.progress import Progress

MAX_POINTS = 500  # images in the plane; more take longer and show nothing else
MAX_PICTURES = 10  # filters, and channels of a layer


@dataclass(frozen=True)
class Moment:
    """A moment of a training.

    Attributes:
        name: what people call it, such as "step 469".
        load: returns the model of that moment, in evaluation mode on the CPU, and its temperature.
    """

    name: str
    load: Callable[[], tuple[nn.Sequential, float]]


@dataclass(frozen=True)
class ModelFrame:
    """What at one moment depends on the model alone.

    Attributes:
        filters: of the first layer, the first `MAX_PICTURES` of `first_layer_images`.
        places: (N, 2) float32, where the images lie in the plane.
        agreement: the fraction of images whose nearest neighbour in the plane has the same label.
    """

    filters: torch.Tensor
    places: torch.Tensor
    agreement: float


@dataclass(frozen=True)
class ModelTimeLapse:
    """The plane of the last moment, and a frame per moment."""

    plane: Plane
    frames: tuple[ModelFrame, ...]


@dataclass(frozen=True)
class PictureFrame:
    """What a model made of one picture at one moment.

    Attributes:
        activations: (C, H, W) float32, see `activation_maps`.
        probabilities: (10,) float32.
        place: (2,) float32, where the picture lies in the plane.
    """

    activations: torch.Tensor
    probabilities: torch.Tensor
    place: torch.Tensor


def model_time_lapse(moments: Sequence[Moment], images: torch.Tensor, labels: torch.Tensor) -> Progress[ModelTimeLapse]:
    """Compute what depends on the models alone, from the last moment, which gives the plane, to the first.

    Args:
        moments: in the order of the training, at least one; each is loaded once.
        images: (N, 28, 28) uint8, at least two, see `sample`.
        labels: (N,) int64.
    """
    frames: list[ModelFrame] = []
    plane = None
    for number, moment in enumerate(reversed(moments)):
        model, _ = moment.load()
        size = max(1, BATCH // view_count(model))
        parts = []
        for start in range(0, len(images), size):
            parts.append(positions(model, normalise(images[start : start + size])))
            yield (number + (start + size) / (len(images) + size)) / len(moments)
        vectors = torch.cat(parts)
        if plane is None:
            plane = principal_plane(vectors)
            yield (number + 0.99) / len(moments)
        places = plane.project(vectors)
        filters = first_layer_images(model)[:MAX_PICTURES].clone()  # or all of them would stay in memory
        frames.append(ModelFrame(filters, places, neighbour_agreement(places, labels)))
    assert plane is not None, "there is at least one moment"
    return ModelTimeLapse(plane, tuple(reversed(frames)))


def picture_time_lapse(
    moments: Sequence[Moment], plane: Plane, tensor: torch.Tensor, layer: int | None
) -> Progress[tuple[PictureFrame, ...]]:
    """Compute what the models made of one picture, moment by moment.

    Args:
        moments: those of the plane.
        plane: see `ModelTimeLapse`.
        tensor: (1, 28, 28) float32, normalised.
        layer: see `activation_maps`.
    """
    frames = []
    for number, moment in enumerate(moments, start=1):
        model, temperature = moment.load()
        with torch.no_grad():
            probabilities = torch.softmax(model(tensor[None])[0] / temperature, dim=0)
        place = plane.project(positions(model, tensor[None]))[0]
        frames.append(PictureFrame(activation_maps(model, tensor, layer), probabilities, place))
        yield number / len(moments)
    return tuple(frames)


def sample(count: int, size: int = MAX_POINTS) -> torch.Tensor:
    """Return the numbers (n,) int64 of at most `size` of `count` images, evenly spread."""
    return torch.arange(0, count, max(1, -(-count // size)))


@torch.no_grad()
def positions(model: nn.Sequential, tensors: torch.Tensor) -> torch.Tensor:
    """Return where pictures lie in feature space, (N, D) float32, for tensors (N, 1, 28, 28) float32, normalised.

    These are the features, divided by their length. The features of softmax regression are its pixels, which training
    does not change, so there it is the ten logits, as they are.
    """
    if has_hidden_layers(model):
        return l2_normalise(features(model, tensors))
    logits: torch.Tensor = model(tensors)
    return logits


def view_count(model: nn.Sequential) -> int:
    """Return over how many views of a picture a model averages; 1 if it does not."""
    return len(model[0].angles) if isinstance(model[0], TestTimeRotations) else 1


def hidden_layers(model: nn.Sequential) -> list[int]:
    """Return the numbers of the modules after which the hidden layers' activations are looked at: the ReLUs."""
    return [number for number, layer in enumerate(model) if isinstance(layer, nn.ReLU)]


def has_hidden_layers(model: nn.Sequential) -> bool:
    """Tell whether a model has hidden layers; softmax regression has none."""
    return bool(hidden_layers(model))


@torch.no_grad()
def activation_maps(model: nn.Sequential, tensor: torch.Tensor, layer: int | None) -> torch.Tensor:
    """Return the activations of a layer as pictures.

    Args:
        model: in evaluation mode.
        tensor: the picture, (1, 28, 28) float32, normalised.
        layer: one of `hidden_layers`; None for a model without any.

    Returns:
        (C, H, W) float32, at most `MAX_PICTURES` channels of a convolution, of the middle view where the model averages
        over several; or (1, H, W) with all hidden units of a perceptron in rows of 16. Without a layer (10, 28, 28):
        what each pixel adds to each logit of softmax regression, its value times its weight.
    """
    if layer is None:
        last = model[-1]
        assert isinstance(last, nn.Linear), "a model without hidden layers is softmax regression"
        return last.weight.detach().reshape(-1, SIDE, SIDE) * tensor
    activations = model[: layer + 1](tensor[None])
    middle = activations[view_count(model) // 2].clone()
    return middle[:MAX_PICTURES] if middle.ndim == 3 else middle.reshape(1, -1, 16)


def neighbour_agreement(places: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the fraction of places (N, 2) whose nearest other place has the same label (N,); N is 2 or more."""
    distances = torch.cdist(places, places).fill_diagonal_(torch.inf)
    return float((labels[distances.argmin(dim=1)] == labels).float().mean())
