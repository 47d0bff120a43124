"""How the size of a mini-batch makes the gradient noisy: softmax regression trained for a moment with any size."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from mnist_core.constants import CLASSES, SIDE
from mnist_core.data.split import Split
from mnist_core.progress import Progress

BATCH_SIZES = (1, 16, 128, 2048)
RATE = 0.1  # learning rate, the same for every size
SECONDS = 1.0  # of training; evaluations are not counted
POINTS = 40  # evaluations, at even times
VALIDATION = 2_000  # images at the end of the split, which are not trained on
SAMPLE = 5_000  # images for the noise of the first step


@dataclass(frozen=True)
class BatchRun:
    """A short training run with one size of the mini-batch.

    Attributes:
        batch_size: in images.
        steps: taken.
        noise: how far the gradient of the first mini-batch is off from that of all images, as a multiple of its length.
        seconds: of training at each evaluation, in s; the first is 0.
        images: that were seen by then.
        accuracies: on the validation images, as fractions.
        losses: on the validation images, in nats.
    """

    batch_size: int
    steps: int
    noise: float
    seconds: tuple[float, ...]
    images: tuple[int, ...]
    accuracies: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def swing(self) -> float:
        """The difference between the best and the worst accuracy in the second half, as a fraction."""
        late = self.accuracies[len(self.accuracies) // 2 :]
        return max(late) - min(late)


def softmax_gradient(
    images: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the gradient of the mean cross-entropy of softmax regression: the mean of (p - y) x.

    Args:
        images: (N, 784) float32 in [0, 1].
        labels: (N,) int64.
        weight: (10, 784) float32.
        bias: (10,) float32.

    Returns:
        The gradient by the weight, (10, 784), and by the bias, (10,).
    """
    errors = _errors(images, labels, weight, bias)
    return errors.T @ images / len(images), errors.mean(dim=0)


def noise_scale(images: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> float:
    """Return the size of a mini-batch whose noise is as large as the gradient itself: tr(covariance) / |gradient|^2.

    This is the simple noise scale (McCandlish et al., arXiv:1812.06162, section 2.2). The expected squared error of
    the gradient of a mini-batch of B images, drawn with replacement, is |gradient|^2 times this number divided by B.

    Args:
        images, labels, weight, bias: see `softmax_gradient`.

    Returns:
        In images; infinite where the gradient is 0.
    """
    by_weight, by_bias = softmax_gradient(images, labels, weight, bias)
    length = float(by_weight.square().sum() + by_bias.square().sum())
    errors = _errors(images, labels, weight, bias)
    # The gradient of one image is an outer product, so its squared length is a product of two.
    lengths = errors.square().sum(dim=1) * (images.square().sum(dim=1) + 1)
    return (float(lengths.mean()) - length) / length if length else math.inf


def train_with_batches(
    train: Split,
    batch_size: int,
    *,
    rate: float = RATE,
    seconds: float = SECONDS,
    seed: int = 0,
    clock: Callable[[], float] = time.thread_time,
) -> Progress[BatchRun]:
    """Train softmax regression from weights of 0 by plain stochastic gradient descent, for a given time.

    Args:
        train: the last `VALIDATION` images, but at most a fifth of all, are kept for the evaluation.
        batch_size: in images, drawn with replacement.
        rate: learning rate.
        seconds: of training, in s.
        seed: of the mini-batches.
        clock: gives the time in s; by default the processor time of the calling thread.

    Raises:
        ValueError: the batch size is below 1, or there are fewer than five images.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1 image, got {batch_size}")
    if len(train) < 5:
        raise ValueError(f"training needs at least 5 images, got {len(train)}")
    kept = min(VALIDATION, len(train) // 5)
    known, (images, labels) = len(train) - kept, _as_floats(train.at(slice(len(train) - kept, None)))
    weight, bias = torch.zeros(CLASSES, SIDE**2), torch.zeros(CLASSES)
    generator = torch.Generator().manual_seed(seed)
    sample = _as_floats(train.first(min(SAMPLE, known)))
    noise = math.sqrt(noise_scale(*sample, weight, bias) / batch_size)
    steps, spent = 0, 0.0
    points = [(0.0, 0, *_evaluated(images, labels, weight, bias))]
    for point in range(1, POINTS + 1):
        started = clock()
        while spent + clock() - started < seconds * point / POINTS:
            chosen = torch.randint(known, (batch_size,), generator=generator)
            batch = train.images[chosen].flatten(1).float().div_(255)
            by_weight, by_bias = softmax_gradient(batch, train.labels[chosen], weight, bias)
            weight.sub_(by_weight, alpha=rate)
            bias.sub_(by_bias, alpha=rate)
            steps += 1
        spent += clock() - started
        points.append((spent, steps * batch_size, *_evaluated(images, labels, weight, bias)))
        yield point / POINTS
    times, seen, accuracies, losses = zip(*points, strict=True)
    return BatchRun(batch_size, steps, noise, times, seen, accuracies, losses)


def _as_floats(split: Split) -> tuple[torch.Tensor, torch.Tensor]:
    return split.images.flatten(1).float() / 255, split.labels


def _errors(images: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Return p - y for each image and digit, (N, 10)."""
    probabilities = torch.softmax(torch.addmm(bias, images, weight.T), dim=1)
    return probabilities - functional.one_hot(labels, CLASSES)


def _evaluated(
    images: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[float, float]:
    logits = torch.addmm(bias, images, weight.T)
    right = (logits.argmax(dim=1) == labels).float().mean()
    return float(right), float(functional.cross_entropy(logits, labels))
