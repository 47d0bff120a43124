"""Tables of neighbours: against a search in 64 bits image by image, and damaged files are refused in one sentence."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mnist_core.analysis import neighbour_table
from mnist_core.analysis.embedding import features
from mnist_core.analysis.neighbour_table import (
    COUNT,
    TABLE,
    images_sum,
    load_table,
    make_shipped_table,
    make_table,
    measure_recall,
    save_table,
)
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import WEIGHTS, load_trained, model_folder
from mnist_core.paths import ROOT

Splits = tuple[Split, Split]


@pytest.fixture
def folder(tmp_path: Path, tiny_splits: Splits) -> Path:
    """A shipped model's folder with a table of the made digits."""
    folder = tmp_path / "mlp"
    shutil.copytree(model_folder("mlp"), folder)
    save_table(folder, make_table(load_trained(folder).model, *tiny_splits), *tiny_splits)
    return folder


def exact_neighbours(model: torch.nn.Sequential, train: Split, image: torch.Tensor, exclude: int | None) -> list[int]:
    known = [row / row.norm() for row in features(model, normalise(train.images)).double()]
    query = features(model, normalise(image[None])).double()[0]
    cosines = [-2.0 if number == exclude else float(row @ query / query.norm()) for number, row in enumerate(known)]
    return sorted(range(len(known)), key=lambda number: -cosines[number])[:COUNT]


def test_a_table_names_what_an_exhaustive_search_in_64_bits_finds(folder: Path, tiny_splits: Splits) -> None:
    train, test = tiny_splits
    table, model = load_table(folder), load_trained(folder).model
    assert table
    for number in (0, 57, 99):
        assert table.of("test", number) == exact_neighbours(model, train, test.images[number], None)
        assert table.of("train", number) == exact_neighbours(model, train, train.images[number], number)


def test_a_table_knows_the_images_that_it_was_made_from(folder: Path, tiny_splits: Splits) -> None:
    train, test = tiny_splits
    table = load_table(folder)
    assert table and table.is_of(tiny_splits)
    changed = test.images.clone()
    changed[-1, 5, 5] ^= 1
    assert not table.is_of((train, Split(changed, test.labels, "test")))
    assert not table.is_of((Split(test.images, test.labels, "train"), test))


def test_recall_is_1_for_the_exact_table_and_counts_each_wrong_neighbour(folder: Path, tiny_splits: Splits) -> None:
    train, test = tiny_splits
    model = load_trained(folder).model
    indices = make_table(model, *tiny_splits)
    assert measure_recall(model, indices, train, test, checked=200) == 1
    wrong = {name: table.clone() for name, table in indices.items()}
    named = set(wrong["test"][0].tolist())
    wrong["test"][0, 3] = next(number for number in range(len(train)) if number not in named)
    assert measure_recall(model, wrong, train, test, checked=200) == 1 - 1 / 2000


def test_a_folder_without_a_table_has_none(folder: Path) -> None:
    (folder / TABLE).unlink()
    assert load_table(folder) is None


def not_safetensors(path: Path) -> None:
    path.write_bytes(b"\x00" * 100)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def too_large(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(neighbour_table.MAX_BYTES + 1)


def other_names(path: Path) -> None:
    save_file({"train": torch.zeros(400, COUNT, dtype=torch.uint16)}, path)


def other_type(path: Path) -> None:
    save_file({name: torch.zeros(400, COUNT, dtype=torch.int64) for name in ("train", "test")}, path)


def other_shape(path: Path) -> None:
    save_file({name: torch.zeros(400, COUNT - 1, dtype=torch.uint16) for name in ("train", "test")}, path)


def numbers_too_large(path: Path) -> None:
    save_file({name: torch.full((400, COUNT), 400, dtype=torch.uint16) for name in ("train", "test")}, path)


def empty(path: Path) -> None:
    save_file({name: torch.zeros(0, COUNT, dtype=torch.uint16) for name in ("train", "test")}, path)


def other_weights(path: Path) -> None:
    shutil.copy(model_folder("linear") / WEIGHTS, path.with_name(WEIGHTS))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (not_safetensors, "cannot be read"),
        (cut_off, "cannot be read"),
        (too_large, "at most 4,000,000 bytes"),
        (other_names, "two tables of 16-bit indices"),
        (other_type, "two tables of 16-bit indices"),
        (other_shape, "must name 10 of its 400 training images"),
        (numbers_too_large, "must name 10 of its 400 training images"),
        (empty, "must name 10 of its 0 training images"),
        (other_weights, "made for the weights beside it"),
    ],
)
def test_a_damaged_table_is_refused_in_one_sentence(folder: Path, damage: Callable[[Path], None], words: str) -> None:
    damage(folder / TABLE)
    with pytest.raises(ValueError, match=words) as refused:
        load_table(folder)
    assert "\n" not in str(refused.value) and str(folder / TABLE) in str(refused.value)


def test_too_few_training_images_are_refused(tiny_splits: Splits) -> None:
    train, test = tiny_splits
    with pytest.raises(ValueError, match="11 to 65,536 images, got 10"):
        make_table(load_trained(model_folder("mlp")).model, train.first(10), test)


def test_making_a_table_describes_it_in_the_card_and_leaves_the_weights(folder: Path, tiny_splits: Splits) -> None:
    before = (folder / WEIGHTS).read_bytes()
    card = load_trained(folder).card
    notes = make_shipped_table(str(folder), *tiny_splits)
    after = load_trained(folder).card
    assert card and after and after.notes == notes and after.temperature == card.temperature
    assert f"{(folder / TABLE).stat().st_size:,} bytes" in notes and "it names 100.00%" in notes
    assert (folder / WEIGHTS).read_bytes() == before


@pytest.mark.parametrize("name", MODELS)
def test_each_shipped_table_is_as_its_card_says_and_of_these_weights(name: str) -> None:
    table = load_table(model_folder(name))
    assert table and {split: tuple(rows.shape) for split, rows in table.indices.items()} == {
        "train": (60_000, COUNT),
        "test": (10_000, COUNT),
    }
    own = torch.arange(60_000)[:, None]
    assert not (table.indices["train"].long() == own).any(), "no image is its own neighbour"
    notes = json.loads((model_folder(name) / "card.json").read_text(encoding="utf-8"))["notes"]
    assert f"{(model_folder(name) / TABLE).stat().st_size:,} bytes" in notes and f"neighbour_table {name}" in notes


def unit_features(model: torch.nn.Sequential, images: torch.Tensor) -> torch.Tensor:
    """Return the features of images, (N, C), each row of length 1."""
    return torch.nn.functional.normalize(torch.cat([features(model, normalise(each)) for each in images.split(500)]))


@pytest.mark.parametrize("name", MODELS)
def test_each_shipped_table_is_of_mnist_and_names_true_neighbours(name: str, mnist: Splits) -> None:
    train, test = mnist
    table, model = load_table(model_folder(name)), load_trained(model_folder(name)).model
    assert table and table.is_of(mnist)
    sample = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:8_000]  # all would take a while
    known = unit_features(model, train.images[sample])
    for number in (0, 4_567, 9_999):
        query = unit_features(model, test.images[[number]])[0]
        named = table.of("test", number)
        cosines = unit_features(model, train.images[named]) @ query
        assert (cosines.diff() < 1e-5).all(), "the most similar one comes first"
        others = known[~torch.isin(sample, torch.as_tensor(named))] @ query
        assert others.max() < cosines[-1] + 1e-5, "no other image is more similar"


def test_the_command_says_how_to_use_it() -> None:
    command = [sys.executable, "-m", "mnist_core.analysis.neighbour_table", "-h"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "usage: python -m mnist_core.analysis.neighbour_table" in ended.stdout


def test_the_sum_is_that_of_the_bytes_of_the_images(tiny_splits: Splits, tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(tiny_splits[0].images.numpy().tobytes())
    ended = subprocess.run(["sha256sum", str(path)], capture_output=True, text=True, check=True)
    assert ended.stdout.split()[0] == images_sum(tiny_splits[0])
