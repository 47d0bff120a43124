"""The fifth chapter, on a small MNIST: what overfits, and which images it changes how."""

import torch

from mnist_core.course.limits import CHAPTER
from tests.core.course.running import run_small
from tests.made import Miniature


def test_it_learns_100_images_by_heart_and_changes_the_test_images_as_it_says(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    assert names["train_losses"][-1] < 0.05 < names["train_losses"][0]
    assert "training accuracy 100.0%" in outputs["overfitting"].text
    images = miniature.test.images / 255
    moved = names["changed"]["moved by 4 pixels"]
    assert torch.equal(moved[:, :, 4:], images[:, :, :-4])
    assert torch.equal(names["changed"]["inverted"] + images, torch.ones_like(images))
    assert names["guesses"].shape == (1000, len(miniature.test))
