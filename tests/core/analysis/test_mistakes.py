"""What a model misreads: against its answers image by image, and damaged files are refused in one sentence."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from mnist_core.analysis.mistakes import MISTAKES, load_mistakes, save_mistakes
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import WEIGHTS, load_trained, model_folder


@pytest.fixture
def folder(tmp_path: Path, tiny_splits: tuple[Split, Split]) -> Path:
    """A shipped model's folder with its mistakes on the made digits."""
    folder = tmp_path / "mlp"
    shutil.copytree(model_folder("mlp"), folder)
    save_mistakes(folder, tiny_splits[1])
    return folder


def misread(folder: Path, split: Split) -> dict[int, float]:
    """Return the confidence of every wrong answer, image by image."""
    trained = load_trained(folder)
    wrong = {}
    with torch.no_grad():
        for number in range(len(split)):
            logits = trained.model(normalise(split.images[[number]]))[0]
            if int(logits.argmax()) != int(split.labels[number]):
                wrong[number] = float(torch.softmax(logits / trained.temperature, dim=0).max())
    return wrong


def test_the_mistakes_are_all_wrong_answers_the_most_confident_first(
    folder: Path, tiny_splits: tuple[Split, Split]
) -> None:
    expected = misread(folder, tiny_splits[1])
    mistakes = load_mistakes(folder)
    assert mistakes and set(mistakes.numbers) == set(expected)
    confidences = [expected[number] for number in mistakes.numbers]
    assert confidences == pytest.approx(sorted(confidences, reverse=True), abs=1e-5)


def test_the_mistakes_know_the_images_that_they_were_found_in(folder: Path, tiny_splits: tuple[Split, Split]) -> None:
    train, test = tiny_splits
    mistakes = load_mistakes(folder)
    assert mistakes and mistakes.is_of(test) and not mistakes.is_of(train) and not mistakes.is_of(test.first(99))


@pytest.mark.parametrize("model", MODELS)
def test_the_shipped_mistakes_are_those_of_the_shipped_weights_on_mnist(model: str, mnist: tuple[Split, Split]) -> None:
    trained, mistakes = load_trained(model_folder(model)), load_mistakes(model_folder(model))
    assert mistakes and mistakes.is_of(mnist[1]) and trained.card
    assert len(mistakes.numbers) == round((1 - trained.card.test_accuracy) * len(mnist[1]))
    first = mnist[1].at(torch.tensor(mistakes.numbers[:20]))
    assert set(misread(model_folder(model), first)) == set(range(20))


def test_a_folder_without_the_file_has_no_mistakes(folder: Path) -> None:
    (folder / MISTAKES).unlink()
    assert load_mistakes(folder) is None


@pytest.mark.parametrize("numbers", ["1,2", "-1", "1e3", "7" * 10, 5, None, "1  2"])
def test_numbers_that_are_none_are_refused(folder: Path, numbers: object) -> None:
    record = json.loads((folder / MISTAKES).read_text())
    (folder / MISTAKES).write_text(json.dumps(record | {"numbers": numbers}))
    with pytest.raises(ValueError, match="must hold the numbers of images"):
        load_mistakes(folder)


def test_the_mistakes_of_other_weights_are_refused(folder: Path) -> None:
    shutil.copy(model_folder("linear") / WEIGHTS, folder / WEIGHTS)
    with pytest.raises(ValueError, match="made for the weights beside it"):
        load_mistakes(folder)
