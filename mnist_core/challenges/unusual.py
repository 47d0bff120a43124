"""The challenge to write as badly as is still read: how unusual a digit is beside those of the training set.

The distance of two images is the root of the summed squared differences of their pixels in [0, 1]. A drawing's distance
is that to its nearest neighbour (Cover and Hart, doi:10.1109/TIT.1967.1053964) among the training images of its digit.
The same distance of every test image of that digit says how much of it is usual.
"""

from dataclasses import dataclass, field

import torch

from mnist_core.challenges.scoring import Score
from mnist_core.data.split import Split
from mnist_core.formatting import percentage
from mnist_core.progress import Progress
from mnist_core.recognition.predictor import Prediction

KEY = "worst"
MIN_PROBABILITY = 0.8  # that the model must give the digit
NEIGHBOURS = 5  # training images that are shown
CHUNK = 100  # test images per step of the table: about 15 ms
TIE = 1_000  # px of distance that would weigh as much as one percentage point


@dataclass(frozen=True)
class Neighbours:
    """The training images of a digit that are nearest to a picture, the nearest first.

    Attributes:
        indices: into the training split.
        distances: their distances.
        images: (n, 28, 28) uint8.
    """

    indices: tuple[int, ...]
    distances: tuple[float, ...]
    images: torch.Tensor = field(repr=False, compare=False)


def usual_distances(train: Split, test: Split, digit: int) -> Progress[torch.Tensor]:
    """Compute how far each test image of a digit is from its nearest training image of that digit.

    Args:
        train, test: the splits.
        digit: 0 to 9; both splits have images of it.

    Returns:
        (n,) float32, rising; the digit has n test images.
    """
    shown, known = _rows(test, digit), _rows(train, digit)
    nearest = []
    for chunk in shown.split(CHUNK):
        nearest.append(torch.cdist(chunk, known).amin(dim=1))
        yield min(1.0, len(nearest) * CHUNK / len(shown))
    return torch.cat(nearest).sort().values


def nearest_neighbours(train: Split, digit: int, picture: torch.Tensor, count: int = NEIGHBOURS) -> Neighbours:
    """Return the training images of a digit that are nearest to a picture.

    Args:
        train: the training split.
        digit: 0 to 9; the split has images of it.
        picture: (28, 28) float32 in [0, 1], as `Stages.centre`.
        count: how many, fewer if there are not so many.
    """
    places = (train.labels == digit).nonzero()[:, 0]
    distances = torch.cdist(picture.reshape(1, -1), _rows(train, digit))[0]
    nearest = distances.topk(min(count, len(distances)), largest=False)
    indices = places[nearest.indices]
    return Neighbours(tuple(indices.tolist()), tuple(nearest.values.tolist()), train.images[indices])


def share_nearer(usual: torch.Tensor, distance: float) -> float:
    """Return the fraction of test images that are nearer to their nearest training image than a distance.

    Args:
        usual: (n,) float32, rising, as `usual_distances` returns it.
        distance: of a drawing.
    """
    return int(torch.searchsorted(usual, torch.tensor(distance, dtype=usual.dtype))) / len(usual)


def problem_of(prediction: Prediction, digit: int) -> str:
    """Return why a drawing does not count, as a sentence; "" when it does.

    Args:
        prediction: the model's.
        digit: that is to be drawn.
    """
    if prediction.label is None:
        return f"Draw a {digit}."
    if prediction.label != digit:
        return f"It is read as {prediction.label}, not as {digit}. Write it a little more legibly."
    if not prediction.is_digit:
        return f"The model would say {digit}, but to the detector it does not look like a digit."
    if prediction.probability < MIN_PROBABILITY:
        needed = f"It must be {MIN_PROBABILITY:.0%}."
        return f"The model says {digit}, but is only {percentage(prediction.probability)} sure. {needed}"
    return ""


def score_of(digit: int, share: float, distance: float, prediction: Prediction, model: str) -> Score:
    """Return the score of a drawing that counts: its share of nearer test images, and among equals its distance.

    The highest wins.

    Args:
        digit: that was drawn.
        share: see `share_nearer`.
        distance: to the nearest training image of that digit.
        prediction: the model's.
        model: what people call the model.

    Raises:
        ValueError: the drawing does not count.
    """
    if problem := problem_of(prediction, digit):
        raise ValueError(f"only a drawing that is read as its digit has a score, got this: {problem}")
    detail = f"a {digit}, read by {model} with {percentage(prediction.probability)}"
    return Score(KEY, round(100 * share, 1) + distance / TIE, in_words(share), detail)


def in_words(share: float) -> str:
    """Return a share of test images as text that is only 0% or 100% for none or all of them."""
    percent = min(max(round(100 * share, 1), 0.1), 99.9) if 0 < share < 1 else 100 * share
    return f"more unusual than {percent:.3g}% of test digits"


def _rows(split: Split, digit: int) -> torch.Tensor:
    """Return the images of a digit as rows of pixels in [0, 1]: (n, 784) float32."""
    return split.images[split.labels == digit].flatten(1).float().div_(255)
