"""The third chapter, on a small MNIST: its metrics against counting by hand."""

import pytest
import torch
import torch.nn.functional as F

from mnist_core.course.training import CHAPTER
from tests.core.course.running import run_small
from tests.made import Miniature


def test_its_loop_learns(miniature: Miniature) -> None:
    _, names = run_small(CHAPTER, miniature)
    images, labels = names["train_images"].reshape(-1, 784), names["train_labels"]
    with torch.no_grad():
        loss = F.cross_entropy(images @ names["weights"] + names["bias"], labels)
    assert loss < F.cross_entropy(torch.zeros(len(labels), 10), labels)


def test_its_metrics_are_what_counting_gives(miniature: Miniature) -> None:
    outputs, names = run_small(CHAPTER, miniature)
    answers, labels = names["answers"].tolist(), miniature.test.labels.tolist()
    pairs = list(zip(labels, answers, strict=True))
    right = sum(label == answer for label, answer in pairs)
    assert names["test_accuracy"].item() == pytest.approx(right / len(pairs))
    lines = outputs["test-metrics"].text.splitlines()[3:]
    for digit in range(10):
        found = pairs.count((digit, digit))
        recall = found / labels.count(digit)
        assert names["confusion"][digit].tolist() == [pairs.count((digit, answer)) for answer in range(10)]
        assert lines[digit].split()[:2] == [str(digit), f"{recall:.1%}"]
        if digit in answers:
            assert lines[digit].split()[2] == f"{found / answers.count(digit):.1%}"
