"""A model that learns by heart: it answers with the label of the most similar image that it has memorised."""

from dataclasses import dataclass

import torch

from mnist_core.data.split import Split
from mnist_core.progress import Progress

SIZES = (10, 30, 100, 300, 1_000, 3_000, 10_000)  # memorised images
QUESTIONS = 500  # images of each kind that it is asked about, at most
CHUNK = 500  # images memorised in one step


@dataclass(frozen=True)
class NearestNeighbour:
    """How a model that learns by heart answers, for each number of memorised images.

    Attributes:
        sizes: the numbers of memorised images, in order.
        memorised: accuracy on the first of them, as fractions.
        test: accuracy on the first test images, as fractions.
        nearest: for each size and test image, the number of the most similar memorised image, (sizes, questions) int64.
    """

    sizes: tuple[int, ...]
    memorised: tuple[float, ...]
    test: tuple[float, ...]
    nearest: torch.Tensor

    @property
    def questions(self) -> int:
        """The number of test images that it was asked about."""
        return self.nearest.shape[1]


def answer_by_nearest(train: Split, test: Split) -> Progress[NearestNeighbour]:
    """Memorise training images from the first on, and answer for test images and for the memorised ones themselves.

    Similar are images with a small sum of squared differences between their pixels.

    Args:
        train: images to memorise, up to the largest of `SIZES` that it has.
        test: images to ask about.

    Raises:
        ValueError: a split has no image.
    """
    if not len(train) or not len(test):
        raise ValueError(f"each split needs at least one image, got {len(train)} and {len(test)}")
    sizes = tuple(size for size in SIZES if size <= len(train)) or (len(train),)
    asked = min(QUESTIONS, len(test))
    own = min(QUESTIONS, sizes[-1])  # the memorised images that it is asked about
    questions = torch.cat([_pixels(test.first(asked)), _pixels(train.first(own))])
    closest, nearest = torch.full((len(questions),), torch.inf), torch.zeros(len(questions), dtype=torch.int64)
    memorised_accuracies, test_accuracies, found, begin = [], [], [], 0
    for size in sizes:
        while begin < size:
            end = min(begin + CHUNK, size)
            pixels = _pixels(train.at(slice(begin, end)))
            # The squared length of the question is the same for all images, so it is left out.
            distances, places = (pixels.square().sum(dim=1) - 2 * questions @ pixels.T).min(dim=1)
            is_closer = distances < closest
            closest[is_closer], nearest[is_closer] = distances[is_closer], places[is_closer] + begin
            begin = end
            yield begin / sizes[-1]
        of_test, of_own = nearest[:asked], nearest[asked : asked + size]
        test_accuracies.append(_accuracy(train.labels[of_test], test.labels[:asked]))
        memorised_accuracies.append(_accuracy(train.labels[of_own], train.labels[: len(of_own)]))
        found.append(of_test.clone())
    return NearestNeighbour(sizes, tuple(memorised_accuracies), tuple(test_accuracies), torch.stack(found))


def _pixels(split: Split) -> torch.Tensor:
    return split.images.flatten(1).float().div_(255)


def _accuracy(answers: torch.Tensor, labels: torch.Tensor) -> float:
    return float((answers == labels).double().mean())
