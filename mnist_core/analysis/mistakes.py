"""The test images that a shipped model misreads, found once and kept beside its weights: they are known at once.

    python -m mnist_core.analysis.mistakes [linear] [mlp] [cnn]

writes `assets/MODEL/mistakes.json`. Needs MNIST.
"""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

import torch

from mnist_core.analysis.neighbour_table import MODEL_SUM, images_sum, require_weights, weights_sum
from mnist_core.analysis.query import SUREST, Query, select
from mnist_core.data.split import Split, load_split
from mnist_core.models import storage
from mnist_core.models.evaluation import predict_logits
from mnist_core.models.networks import MODELS

MISTAKES = "mistakes.json"
NUMBERS = "numbers"  # the file's name for the mistakes
MOST_CONFIDENT = Query(is_correct=False, sort=SUREST)


@dataclass(frozen=True)
class Mistakes:
    """What one model misreads in a test split.

    Attributes:
        numbers: of the images, the most confident answers first.
        sum: SHA-256 sum of the split's images, in hexadecimal.
    """

    numbers: tuple[int, ...]
    sum: str

    def is_of(self, split: Split) -> bool:
        """True when they were found in exactly this split."""
        return images_sum(split) == self.sum


def find_mistakes(model: storage.TrainedModel, split: Split) -> list[int]:
    """Return the numbers of the images that a model misreads, the most confident answers first."""
    probabilities = torch.softmax(predict_logits(model.model, split.images) / model.temperature, dim=1)
    return select(split.labels, probabilities, MOST_CONFIDENT).tolist()


def save_mistakes(folder: Path, test: Split) -> list[int]:
    """Write what the model in a folder misreads beside its weights, and return it.

    Raises:
        ValueError: there is no model in the folder, or it is damaged.
        OSError: the file cannot be written.
    """
    numbers = find_mistakes(storage.load_trained(folder), test)
    record = {test.name: images_sum(test), MODEL_SUM: weights_sum(folder), NUMBERS: " ".join(map(str, numbers))}
    storage.save_json(folder / MISTAKES, record)
    return numbers


def load_mistakes(folder: Path) -> Mistakes | None:
    """Load what the model in a folder misreads; None when that is not kept there.

    Raises:
        ValueError: the file is damaged, or was made for other weights than those in the folder.
    """
    path = folder / MISTAKES
    if not path.is_file():
        return None
    record = storage.read_json(path)
    text, images, weights = (record.get(key) for key in (NUMBERS, "test", MODEL_SUM))
    if not isinstance(text, str) or not isinstance(images, str) or not re.fullmatch(r"(\d{1,9}( \d{1,9})*)?", text):
        raise ValueError(f"{path} must hold the numbers of images, got something else")
    require_weights(path, weights)
    return Mistakes(tuple(map(int, text.split())), images)


def main() -> None:
    """Find the mistakes of the shipped models that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m mnist_core.analysis.mistakes", description=__doc__)
    parser.add_argument("models", nargs="*", default=[], metavar="MODEL", help=f"of {', '.join(MODELS)}; default all")
    names = parser.parse_args().models or MODELS
    test = load_split("test")
    for name in names:
        numbers = save_mistakes(storage.model_folder(name), test)
        print(f"{name} misreads {len(numbers):,} of {len(test):,} test images.", flush=True)


if __name__ == "__main__":
    main()
