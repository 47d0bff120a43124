"""What a model sees in images: its features, the images that look alike to it, and a map of them.

The features of an image are the numbers that the model's last layer gets: 576 of the cnn, 128 of the mlp, and for
softmax regression, which has one layer only, the 784 pixels.
"""

from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import normalise

BATCH = 100  # images; a page that waits for a batch of the cnn waits for some 50 ms
SEARCHED = 5_000  # features compared at a time: a half is widened to 32 bits for it


@torch.no_grad()
def features(model: nn.Sequential, tensors: torch.Tensor) -> torch.Tensor:
    """Return what the last layer of a model gets, (N, D) float32, for tensors (N, 1, 28, 28) float32, normalised."""
    return model[:-1](tensors).flatten(1)


class SplitFeatures:
    """What a model makes of many images, found out batch by batch.

    Whoever asks takes one step after another, and can show progress, or stop and go on later.

    Attributes:
        logits: (N, 10) float32; rows from `done` on are not filled in yet.
        units: (N, D) float16, the features of each image divided by their length. Half the precision is enough to
            compare by, and 60,000 images of the mlp take 15 MB instead of 31, and of the cnn 69 instead of 138.
        done: how many images have been looked at.
    """

    def __init__(self, model: nn.Sequential, images: torch.Tensor) -> None:
        """Begin with images (N, 28, 28) uint8; the model is in evaluation mode, on the CPU, and stays as it is."""
        width = features(model, normalise(images[:1])).shape[1]
        self.logits = torch.zeros(len(images), CLASSES)
        self.unit_features = torch.zeros(len(images), width, dtype=torch.float16)
        self.done = 0
        self._model, self._images = model, images

    @property
    def is_done(self) -> bool:
        """True when every image has been looked at."""
        return self.done == len(self._images)

    @property
    def fraction(self) -> float:
        """How much of the work is done, in [0, 1]."""
        return self.done / max(1, len(self._images))

    @torch.no_grad()
    def step(self) -> None:
        """Look at the next batch; does nothing when there is none."""
        batch = self._images[self.done : self.done + BATCH]
        if not len(batch):
            return
        seen = features(self._model, normalise(batch))
        here = slice(self.done, self.done + len(batch))
        self.logits[here] = self._model[-1](seen)
        self.unit_features[here] = l2_normalise(seen).half()
        self.done += len(batch)


def l2_normalise(vectors: torch.Tensor) -> torch.Tensor:
    """Divide each of (N, D) vectors by its length; a vector of zeros stays one."""
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)


@dataclass(frozen=True)
class Neighbours:
    """The images nearest to one, the nearest first.

    Attributes:
        numbers: their indices.
        similarity: the cosine of the angle between their features and its own, 1 for the same direction.
    """

    numbers: list[int]
    similarity: list[float]


def nearest_neighbours(
    unit_features: torch.Tensor, wanted: torch.Tensor, count: int = 10, *, exclude: int | None = None
) -> Neighbours:
    """Find the images whose features point in almost the same direction: k nearest neighbours by cosine similarity.

    Every image is compared, so nothing is missed (Cover and Hart, doi:10.1109/TIT.1967.1053964, for the rule).

    Args:
        units: (N, D) features of length 1, as `Survey.unit_features`.
        wanted: (D,) features of the image to compare with, of any length.
        count: how many to find.
        but: the index of one image to leave out, itself when it is among them.
    """
    direction = l2_normalise(wanted[None].float())[0]
    cosine = torch.cat([part.float() @ direction for part in unit_features.split(SEARCHED)])
    if exclude is not None:
        cosine[exclude] = -torch.inf
    found = cosine.topk(min(count, len(unit_features) - (exclude is not None)))
    return Neighbours(found.indices.tolist(), found.values.tolist())


@dataclass(frozen=True)
class Plane:
    """A flat picture of feature space, through the middle of what was measured.

    Attributes:
        middle: (D,) float32.
        axes: (D, 2) float32, at right angles to each other and of length 1.
        share: the fraction of the variance that each axis keeps.
    """

    middle: torch.Tensor
    axes: torch.Tensor
    share: tuple[float, float]

    def project(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the places (N, 2) float32 of vectors (N, D) on the plane."""
        return (vectors.float() - self.middle) @ self.axes


def principal_plane(vectors: torch.Tensor) -> Plane:
    """Lay a plane along the two directions in which (N, D) vectors differ most: principal component analysis.

    The axes are the first two eigenvectors of the covariance, (Hotelling, doi:10.1037/h0071325). This gives the same
    plane on every call; `torch.pca_lowrank` would begin with random numbers of the process's own generator.
    """
    vectors = vectors.float()
    middle = vectors.mean(dim=0)
    centred = vectors - middle
    variances, directions = torch.linalg.eigh(centred.T @ centred / max(1, len(vectors) - 1))
    axes = directions[:, -2:].flip(1)
    # An axis may point either way: let its largest number be positive.
    largest = axes.abs().argmax(dim=0)
    axes = axes * axes[largest, torch.arange(2)].sign()
    total = float(variances.clamp(min=0).sum()) or 1.0
    return Plane(middle, axes, (float(variances[-1]) / total, float(variances[-2]) / total))


def nearest_points(places: torch.Tensor, wanted: torch.Tensor, count: int = 10) -> torch.Tensor:
    """Return the indices (n,) int64 of the places (N, 2) nearest to one (2,), the nearest first; n is `count` at most.

    A place that lies there exactly is among them.
    """
    distances = (places - wanted).norm(dim=1)
    return distances.topk(min(count, len(places)), largest=False).indices
