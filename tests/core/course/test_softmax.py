"""The second chapter, on a small MNIST: its arithmetic against torch's own."""

import math

import pytest
import torch
import torch.nn.functional as F

from mnist_core.course.softmax import CHAPTER
from tests.core.course.running import run_small
from tests.made import Miniature


def test_the_split_takes_every_image_once_with_its_label(miniature: Miniature) -> None:
    _, names = run_small(CHAPTER, miniature)
    images = torch.cat([names["train_images"], names["validation_images"]])
    labels = torch.cat([names["train_labels"], names["validation_labels"]])
    assert torch.equal(images, (miniature.train.images / 255)[names["order"]])
    assert torch.equal(labels, miniature.train.labels[names["order"]])
    assert len(names["order"].unique()) == len(miniature.train) == len(images)


def test_one_epoch_of_mini_batches_has_every_image_once(miniature: Miniature) -> None:
    _, names = run_small(CHAPTER, miniature)
    numbers = torch.arange(250)
    parts = list(names["batches"](numbers, numbers))
    assert [len(part) for part, _ in parts] == [100, 100, 50]
    assert torch.cat([part for part, _ in parts]).sort().values.tolist() == numbers.tolist()
    assert all(torch.equal(*part) for part in parts)


def test_the_loss_is_torchs_and_that_of_guessing(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    assert outputs["cross-entropy"].text.endswith("tensor(2.3026) tensor(2.3026)")
    logits = torch.randn(5, 10, generator=torch.Generator().manual_seed(0))
    targets = F.one_hot(torch.arange(5), 10).float()
    by_hand = -(targets * logits.softmax(1).log()).sum(1).mean()
    assert by_hand == pytest.approx(F.cross_entropy(logits, torch.arange(5)).item())
    assert names["loss"].item() == pytest.approx(math.log(10))


def test_the_gradient_by_hand_is_that_of_autograd_and_leads_downhill(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    weights = torch.zeros(784, 10, requires_grad=True)
    bias = torch.zeros(10, requires_grad=True)
    F.cross_entropy(names["x"] @ weights + bias, names["batch_labels"]).backward()
    assert weights.grad is not None and bias.grad is not None
    assert torch.allclose(names["weights_gradient"], weights.grad, atol=1e-6)
    assert torch.allclose(names["bias_gradient"], bias.grad, atol=1e-6)
    assert outputs["backward"].text == "True\nTrue"
    assert F.cross_entropy(names["stepped"], names["batch_labels"]) < math.log(10)
