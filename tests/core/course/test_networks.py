"""The fourth chapter, on a small MNIST: what it says about its networks."""

import re

import torch

from mnist_core.course.networks import CHAPTER
from tests.core.course.running import run_small
from tests.made import Miniature


def test_the_numbers_of_parameters_are_those_that_its_texts_name(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    assert outputs["mlp"].text.endswith("101770 parameters") and 784 * 128 + 128 + 128 * 10 + 10 == 101_770
    assert outputs["cnn"].text.endswith("20490 parameters")
    assert 16 * (9 + 1) + 32 * (16 * 9 + 1) + 32 * 7 * 7 * 10 + 10 == 20_490
    texts = " ".join(step.question.explanation for step in CHAPTER.steps)
    assert {"101,770", "7,850", "160", "100,480", "20,490"} <= set(re.findall(r"\d[\d,]*\d", texts))
    assert names["mlp"](torch.zeros(2, 28, 28)).shape == names["cnn"](torch.zeros(2, 28, 28)).shape == (2, 10)


def test_its_convolution_moves_along_and_finds_the_edge_that_its_text_names(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    assert outputs["convolution"].text.endswith("dense layer: 100480\nconvolution: 160")
    image = torch.zeros(1, 1, 8, 8)
    image[..., 2:5, :] = 1  # a bar: its lower edge is bright above and dark below
    edges, moved = (torch.nn.functional.conv2d(each, names["kernel"], padding=1) for each in (image, image.roll(1, 2)))
    assert torch.equal(moved, edges.roll(1, 2))
    answer = edges[0, 0, :, 4]
    assert answer[4] > 0 > answer[2] and answer[3] == 0


def test_accuracy_on_counts_right_answers(miniature: Miniature) -> None:
    _, names = run_small(CHAPTER, miniature)
    logits = torch.eye(10)[torch.tensor([1, 2, 3, 4])]
    assert names["accuracy_on"](lambda part: part, logits, torch.tensor([1, 2, 3, 9])) == 0.75
