"""The first chapter, on a small MNIST whose images and labels are known."""

import torch

from mnist_core.course.images import CHAPTER, SHOWN
from tests.core.course.running import run_small
from tests.made import Miniature


def test_its_code_shows_the_data_that_is_there(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    assert outputs["install"].text.startswith(torch.__version__)
    assert outputs["train-set"].text == str(len(miniature.train))
    assert outputs["test-set"].text == str(len(miniature.test))
    assert outputs["element"].text.endswith(f", {int(miniature.train.labels[0])})")
    assert torch.equal(names["image_tensor"][0], miniature.train.images[0] / 255)
    assert outputs["tensor"].text == f"torch.Size([1, 28, 28]) {int(miniature.train.labels[0])}"
    assert outputs["values"].text.startswith(str(miniature.train.images[0, 10:15, 10:15] / 255))


def test_two_of_its_steps_draw(miniature: Miniature) -> None:
    outputs, _ = run_small(CHAPTER, miniature)
    assert {key for key, output in outputs.items() if output.figures} == {"view", "values"}
    assert outputs["view"].text == "" and SHOWN == 8
