"""Cross-entropy of one picture: the loss for each label is PyTorch's, for the shipped linear model."""

import pytest
import torch
from torch.nn import functional

from app_pages.lessons.controls import cross_entropy, subject
from mnist_core.ink.normalisation import normalise
from mnist_core.models.storage import load_trained, model_folder
from tests.made import Miniature
from tests.pages.lessons.showing import charts, show, words
from tests.pages.opening import run

NUMBER = 5


@pytest.mark.parametrize("label", [0, 7])
def test_the_loss_is_that_of_pytorch_for_the_chosen_label(label: int, miniature: Miniature) -> None:
    page = show("cross-entropy")
    run(page.segmented_control(subject.SOURCE).set_value(subject.TEST))
    run(page.number_input(subject.NUMBER).set_value(NUMBER))
    run(page.pills(cross_entropy.LABEL).set_value(label))
    with torch.no_grad():
        logits = load_trained(model_folder("linear")).model(normalise(miniature.test.images[[NUMBER]]))
    loss = float(functional.cross_entropy(logits, torch.tensor([label])))
    assert f"{loss:.3f}" in words(page)
    (_, y) = charts(page)[0]["series"][-1]["data"][0]
    assert y == pytest.approx(min(loss, cross_entropy.MOST), abs=1e-3)


def test_the_answer_of_the_model_is_the_label_at_first(miniature: Miniature) -> None:
    page = show("cross-entropy")
    assert page.pills(cross_entropy.LABEL).value == 1  # the example of the first visit
    assert "the label 1 a probability" in words(page)


def test_the_table_has_every_label() -> None:
    table = cross_entropy.labels_table([0.1] * 10, [2.302585] * 10)
    assert table.shape == (10, 3) and table["Loss (nats)"].tolist() == [2.3026] * 10
