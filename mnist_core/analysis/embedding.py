"""Compute a model's features of images, their nearest neighbours, and a two-dimensional map of them.

The features of an image are the inputs of the model's last layer: 576 for the cnn, 128 for the mlp, and the 784 pixels
for softmax regression, which has only one layer.
"""

from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.constants import CLASSES
from mnist_core.ink.normalisation import normalise

BATCH = 100  # images; a batch takes the cnn about 50 ms, during which a page must wait
CHUNK = 5_000  # feature vectors compared at a time, because each chunk is converted to 32 bits


@torch.no_grad()
def features(model: nn.Sequential, tensors: torch.Tensor) -> torch.Tensor:
    """Return the inputs of the last layer, (N, D) float32, for tensors (N, 1, 28, 28) float32, normalised."""
    return model[:-1](tensors).flatten(1)


class SplitFeatures:
    """A model's logits and features of many images, computed batch by batch.

    The caller runs one step at a time, so it can show progress, or stop and continue later.

    Attributes:
        logits: (N, 10) float32; rows from `done` on are still 0.
        unit_features: (N, D) float16, the features of each image divided by their length. Half precision is enough
            for comparisons: 60,000 images take 15 MB instead of 31 for the mlp, and 69 instead of 138 for the cnn.
        done: the number of images processed so far.
    """

    def __init__(self, model: nn.Sequential, images: torch.Tensor) -> None:
        """Prepare for images (N, 28, 28) uint8; the model must be in evaluation mode on the CPU, and is not changed."""
        width = features(model, normalise(images[:1])).shape[1]
        self.logits = torch.zeros(len(images), CLASSES)
        self.unit_features = torch.zeros(len(images), width, dtype=torch.float16)
        self.done = 0
        self._model, self._images = model, images

    @property
    def is_done(self) -> bool:
        """True when every image has been processed."""
        return self.done == len(self._images)

    @property
    def fraction(self) -> float:
        """The fraction of images processed so far, in [0, 1]."""
        return self.done / max(1, len(self._images))

    @torch.no_grad()
    def step(self) -> None:
        """Process the next batch; do nothing when all images have been processed."""
        batch = self._images[self.done : self.done + BATCH]
        if not len(batch):
            return
        batch_features = features(self._model, normalise(batch))
        rows = slice(self.done, self.done + len(batch))
        self.logits[rows] = self._model[-1](batch_features)
        self.unit_features[rows] = l2_normalise(batch_features).half()
        self.done += len(batch)


def l2_normalise(vectors: torch.Tensor) -> torch.Tensor:
    """Divide each vector of (N, D) by its Euclidean length; a zero vector is not changed."""
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of an image, the most similar first.

    Attributes:
        indices: the neighbours' indices.
        similarity: the cosine similarity of each neighbour's features, 1 for the same direction.
    """

    indices: list[int]
    similarity: list[float]


def nearest_neighbours(
    unit_features: torch.Tensor, target: torch.Tensor, count: int = 10, *, exclude: int | None = None
) -> Neighbours:
    """Find an image's k nearest neighbours by cosine similarity (Cover and Hart, doi:10.1109/TIT.1967.1053964).

    The search is exact: it compares all images.

    Args:
        unit_features: (N, D) features of length 1, like `SplitFeatures.unit_features`.
        target: (D,) features of the image to compare with, of any length.
        count: the number of neighbours.
        exclude: the index of an image to leave out, usually the target itself.
    """
    direction = l2_normalise(target[None].float())[0]
    cosine = torch.cat([chunk.float() @ direction for chunk in unit_features.split(CHUNK)])
    if exclude is not None:
        cosine[exclude] = -torch.inf
    nearest = cosine.topk(min(count, len(unit_features) - (exclude is not None)))
    return Neighbours(nearest.indices.tolist(), nearest.values.tolist())


@dataclass(frozen=True)
class Plane:
    """A plane through feature space.

    Attributes:
        mean: (D,) float32, the origin of the plane.
        axes: (D, 2) float32, orthonormal.
        share: the fraction of the total variance along each axis.
    """

    mean: torch.Tensor
    axes: torch.Tensor
    share: tuple[float, float]

    def project(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the coordinates (N, 2) float32 of vectors (N, D) on the plane."""
        return (vectors.float() - self.mean) @ self.axes


def principal_plane(vectors: torch.Tensor) -> Plane:
    """Fit a plane to vectors (N, D) along their first two principal components (Hotelling, doi:10.1037/h0071325).

    The axes are the first two eigenvectors of the covariance matrix, which has as many rows as a vector has numbers.
    For fewer vectors than that, they follow from the vectors' inner products, which is a smaller matrix. The result
    is the same on every call, unlike that of `torch.pca_lowrank`, which starts from random numbers of the global
    generator.
    """
    vectors = vectors.float()
    mean = vectors.mean(dim=0)
    centred = vectors - mean
    divisor = max(1, len(vectors) - 1)
    if 2 < len(vectors) < vectors.shape[1]:
        variances, combinations = torch.linalg.eigh(centred @ centred.T / divisor)
        axes = torch.linalg.qr(centred.T @ combinations[:, -2:].flip(1)).Q
    else:
        variances, directions = torch.linalg.eigh(centred.T @ centred / divisor)
        axes = directions[:, -2:].flip(1)
    # The sign of an eigenvector is arbitrary: make its component of largest magnitude positive.
    largest = axes.abs().argmax(dim=0)
    axes = axes * axes[largest, torch.arange(2)].sign()
    total = float(variances.clamp(min=0).sum()) or 1.0
    return Plane(mean, axes, (float(variances[-1]) / total, float(variances[-2]) / total))


def nearest_points(points: torch.Tensor, target: torch.Tensor, count: int = 10) -> torch.Tensor:
    """Return the indices (n,) int64 of the points (N, 2) nearest to a target (2,), the nearest first.

    n is `count`, or N if that is smaller. A point equal to the target is included.
    """
    distances = (points - target).norm(dim=1)
    return distances.topk(min(count, len(points)), largest=False).indices
