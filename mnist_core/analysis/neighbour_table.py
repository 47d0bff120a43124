"""The most similar training images of every MNIST image, found once per shipped model and kept beside its weights.

    python -m mnist_core.analysis.neighbour_table [linear] [mlp] [cnn]

writes `assets/MODEL/neighbours.safetensors`, and what it holds into the notes of the model's card. Needs MNIST.
"""

import argparse
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from mnist_core.analysis.embedding import features, l2_normalise
from mnist_core.data.split import Split, load_split
from mnist_core.ink.normalisation import normalise
from mnist_core.models import storage
from mnist_core.models.networks import MODELS

TABLE = "neighbours.safetensors"
COUNT = 10  # neighbours per image
MAX_INDICES = 65_536  # an index is kept in 16 bits
MAX_BYTES = 4_000_000
CHUNK = 250  # images compared with all training images at a time: 60 MB of similarities
CHECKED = 1_000  # images whose neighbours are searched for once more, in 64 bits
MODEL_SUM = "model"  # the header's name for the SHA-256 sum of the weights; those of the images are named by split


@dataclass(frozen=True)
class NeighbourTable:
    """The nearest neighbours of every image of a training and a test split, according to one model.

    Attributes:
        indices: by split name, (N, 10) uint16 indices of training images, the most similar first. An image of the
            training split is not its own neighbour.
        sums: SHA-256 sums in hexadecimal: of the images of each split, by split name, and of the model's weights.
    """

    indices: Mapping[str, torch.Tensor]
    sums: Mapping[str, str]

    def of(self, split: str, number: int) -> list[int]:
        """Return the indices of the ten training images most similar to an image of a split."""
        return self.indices[split][number].tolist()

    def is_of(self, splits: Iterable[Split]) -> bool:
        """True when the table was made from exactly the images of these splits."""
        return all(self.sums.get(split.name) == images_sum(split) for split in splits)


def images_sum(split: Split) -> str:
    """Return the SHA-256 sum of a split's images, in hexadecimal; MNIST's 60,000 take about 0.1 s."""
    return hashlib.sha256(split.images.contiguous().numpy().data).hexdigest()


def make_table(model: nn.Sequential, train: Split, test: Split, *, count: int = COUNT) -> dict[str, torch.Tensor]:
    """Find the nearest neighbours of all images by an exact search in 32 bits.

    Args:
        model: in evaluation mode, on the CPU.
        train: the images to search, more than `count` and at most `MAX_INDICES`.
        test: further images to search for.
        count: neighbours per image.

    Returns:
        By split name, (N, count) uint16 indices of training images, the most similar first.

    Raises:
        ValueError: there are too few or too many training images.
    """
    if not count < len(train) <= MAX_INDICES:
        raise ValueError(f"the training split must have {count + 1} to {MAX_INDICES:,} images, got {len(train):,}")
    known = _unit_features(model, train.images)
    return {
        train.name: _search(known, known, count, skip_self=True).to(torch.uint16),
        test.name: _search(known, _unit_features(model, test.images), count).to(torch.uint16),
    }


def _unit_features(model: nn.Sequential, images: torch.Tensor) -> torch.Tensor:
    return torch.cat([l2_normalise(features(model, normalise(batch))) for batch in images.split(CHUNK)])


def _search(known: torch.Tensor, wanted: torch.Tensor, count: int, *, skip_self: bool = False) -> torch.Tensor:
    rows = []
    for start in range(0, len(wanted), CHUNK):
        cosine = wanted[start : start + CHUNK] @ known.T
        if skip_self:
            cosine[torch.arange(len(cosine)), torch.arange(start, start + len(cosine))] = -torch.inf
        rows.append(cosine.topk(count).indices)
    return torch.cat(rows)


def measure_recall(
    model: nn.Sequential, indices: Mapping[str, torch.Tensor], train: Split, test: Split, checked: int = CHECKED
) -> float:
    """Return the fraction of the true neighbours of evenly spaced images that a table names.

    The true neighbours are found by an exact search in 64 bits.

    Args:
        model: in evaluation mode, on the CPU.
        indices: by split name, (N, count) indices of training images.
        train: the images to search.
        test: further images whose neighbours the table names.
        checked: how many images to check, half of them from each split.
    """
    known = _unit_features(model, train.images).double()
    named = true = 0
    for split in (train, test):
        numbers = torch.linspace(0, len(split) - 1, min(len(split), checked // 2)).long()
        for chunk in numbers.split(CHUNK):
            cosine = _unit_features(model, split.images[chunk]).double() @ known.T
            if split is train:
                cosine[torch.arange(len(chunk)), chunk] = -torch.inf
            table = indices[split.name][chunk].long()
            exact = cosine.topk(table.shape[1]).indices
            named += int((table[:, :, None] == exact[:, None, :]).any(dim=1).sum())
            true += exact.numel()
    return named / true


def save_table(folder: Path, indices: Mapping[str, torch.Tensor], train: Split, test: Split) -> Path:
    """Write a table beside the weights in a model's folder, whole or not at all, and return its path.

    Raises:
        OSError: the weights cannot be read, or the file cannot be written.
    """
    sums = {split.name: images_sum(split) for split in (train, test)} | {MODEL_SUM: weights_sum(folder)}
    storage.save_tensors(folder / TABLE, {name: table.contiguous() for name, table in indices.items()}, sums)
    return folder / TABLE


def load_table(folder: Path) -> NeighbourTable | None:
    """Load the table from a model's folder; None when it has none.

    Raises:
        ValueError: the file is damaged, too large, or was made for other weights than those in the folder.
    """
    path = folder / TABLE
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"{path} must have at most {MAX_BYTES:,} bytes, got {path.stat().st_size:,}")
        with safe_open(path, "pt") as file:
            sums = file.metadata() or {}
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 - no mapping
            kinds = {file.get_slice(name).get_dtype() for name in shapes}
            if set(shapes) != {"train", "test"} or kinds != {"U16"} or any(len(s) != 2 for s in shapes.values()):
                raise ValueError(f"{path} must hold two tables of 16-bit indices, train and test, got something else")
            indices = {name: file.get_tensor(name).clone() for name in shapes}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} must be a table of neighbours, got something that cannot be read ({error})") from None
    count = len(indices["train"])
    if any(table.shape[1] != COUNT or _largest(table) >= count for table in indices.values()):
        raise ValueError(f"{path} must name {COUNT} of its {count:,} training images per image, got others")
    require_weights(path, sums.get(MODEL_SUM))
    return NeighbourTable(indices, sums)


def _largest(table: torch.Tensor) -> int:
    return int(table.long().max()) if table.numel() else 0


def weights_sum(folder: Path) -> str:
    """Return the SHA-256 sum of a model's weights, in hexadecimal.

    Raises:
        OSError: they cannot be read.
    """
    return hashlib.sha256((folder / storage.WEIGHTS).read_bytes()).hexdigest()


def require_weights(path: Path, recorded: object) -> None:
    """Require that a file was made for the weights that it lies beside.

    Args:
        path: of the file.
        recorded: the SHA-256 sum of the weights that it was made for, as the file says.

    Raises:
        ValueError: it was made for others, or there are none that can be read.
    """
    try:
        expected = weights_sum(path.parent)
    except OSError as error:
        raise ValueError(f"{path} must lie beside weights that can be read, got none ({error})") from None
    if recorded != expected:
        raise ValueError(f"{path} must be made for the weights beside it, got one for others: make it again")


def make_shipped_table(name: str, train: Split, test: Split) -> str:
    """Make the table of a model by its name or folder, describe it in the notes of the card, and return the notes.

    Raises:
        ValueError: there is no such model, or it has no card.
    """
    folder = storage.model_folder(name)
    trained = storage.load_trained(folder)
    if trained.card is None:
        raise ValueError(f"{folder} must hold a model with a card, got none")
    indices = make_table(trained.model, train, test)
    recall = measure_recall(trained.model, indices, train, test)
    path = save_table(folder, indices, train, test)
    total = sum(len(table) for table in indices.values())
    notes = (
        f"{TABLE} ({path.stat().st_size:,} bytes) names, for each of MNIST's {total:,} images, the {COUNT} of the "
        f"{len(train):,} training images whose features are most similar. It was made by `python -m "
        f"mnist_core.analysis.neighbour_table {name}`. Of the neighbours that an exact search in 64 bits finds for "
        f"{CHECKED:,} images, it names {recall:.2%}."
    )
    storage.save_json(folder / storage.CARD, replace(trained.card, notes=notes))
    return notes


def main() -> None:
    """Make the tables of the shipped models that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m mnist_core.analysis.neighbour_table", description=__doc__)
    parser.add_argument("models", nargs="*", default=[], metavar="MODEL", help=f"of {', '.join(MODELS)}; default all")
    names = parser.parse_args().models or MODELS
    train, test = load_split("train"), load_split("test")
    for name in names:
        print(make_shipped_table(name, train, test), flush=True)


if __name__ == "__main__":
    main()
