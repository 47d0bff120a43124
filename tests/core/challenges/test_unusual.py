"""How unusual a digit is: against distances worked out by hand, plain NumPy, and properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.challenges import unusual
from mnist_core.challenges.unusual import (
    in_words,
    nearest_neighbours,
    problem_of,
    score_of,
    share_nearer,
    usual_distances,
)
from mnist_core.data.split import Split
from mnist_core.progress import result_of
from mnist_core.recognition.predictor import BLANK, Prediction


def prediction(label: int, probability: float = 0.9, *, is_digit: bool = True) -> Prediction:
    return Prediction(label, probability, (0.1,) * 10, is_digit, None)


def dots(*counts: int, name: str = "train", label: int = 3) -> Split:
    """Images with so many pixels of full ink: two of them differ by the root of the difference of their counts."""
    images = torch.zeros(len(counts), 28, 28, dtype=torch.uint8)
    for image, count in zip(images, counts, strict=True):
        image.view(-1)[:count] = 255
    return Split(images, torch.full((len(counts),), label), name)


def test_the_distance_is_the_root_of_the_pixels_that_differ() -> None:
    table = result_of(usual_distances(dots(0, 100), dots(4, 99, 109, name="test"), 3))
    assert table.tolist() == pytest.approx([1, 2, 3])


def test_images_of_other_digits_do_not_count() -> None:
    train, other = dots(0), dots(9, label=4)
    both = Split(torch.cat([train.images, other.images]), torch.cat([train.labels, other.labels]), "train")
    assert result_of(usual_distances(both, dots(9, name="test"), 3)).tolist() == pytest.approx([3])


def test_the_table_is_what_numpy_computes(tiny_splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unusual, "CHUNK", 3)
    train, test = tiny_splits
    shown, known = (split.images[split.labels == 2].flatten(1).numpy() / 255 for split in (test, train))
    expected = np.sort([np.sqrt(((known - image) ** 2).sum(axis=1)).min() for image in shown])
    steps = usual_distances(train, test, 2)
    fractions = []
    while True:
        try:
            fractions.append(next(steps))
        except StopIteration as end:
            torch.testing.assert_close(end.value, torch.tensor(expected, dtype=torch.float32), rtol=1e-3, atol=1e-4)
            break
    assert fractions == sorted(fractions) and fractions[-1] == 1


def test_a_training_image_is_its_own_nearest_neighbour(tiny_splits: tuple[Split, Split]) -> None:
    train, _ = tiny_splits
    place = int((train.labels == 5).nonzero()[4])
    near = nearest_neighbours(train, 5, train.images[place].float() / 255, count=3)
    assert near.indices[0] == place and near.distances[0] == pytest.approx(0, abs=0.02)
    assert list(near.distances) == sorted(near.distances) and len(near.images) == 3
    assert all(int(train.labels[index]) == 5 for index in near.indices)
    assert torch.equal(near.images[0], train.images[place])


def test_few_training_images_give_few_neighbours() -> None:
    assert len(nearest_neighbours(dots(0, 4), 3, torch.zeros(28, 28), count=5).indices) == 2


@pytest.mark.parametrize(("distance", "share"), [(0.5, 0), (1.0, 0), (1.5, 0.25), (2.0, 0.25), (2.5, 0.75), (9.0, 1)])
def test_the_share_counts_those_that_are_nearer(distance: float, share: float) -> None:
    assert share_nearer(torch.tensor([1.0, 2.0, 2.0, 3.0]), distance) == share


@given(st.lists(st.floats(0, 10, width=32), min_size=1, max_size=20), st.floats(0, 10), st.floats(0, 10))
def test_a_farther_drawing_never_has_a_smaller_share(usual: list[float], one: float, other: float) -> None:
    table = torch.tensor(sorted(usual), dtype=torch.float32)
    near, far = sorted([one, other])
    assert 0 <= share_nearer(table, near) <= share_nearer(table, far) <= 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (prediction(3, 0.8), ""),
        (prediction(3, 0.79), "only 79.0% sure"),
        (prediction(8, 0.99), "read as 8, not as 3"),
        (prediction(3, 0.99, is_digit=False), "does not look like a digit"),
        (BLANK, "Draw a 3."),
    ],
)
def test_only_a_digit_that_is_read_surely_counts(given: Prediction, words: str) -> None:
    problem = problem_of(given, 3)
    assert words in problem and bool(problem) == bool(words)


def test_a_score_orders_by_the_share_and_then_by_the_distance() -> None:
    def value(share: float, distance: float) -> float:
        return score_of(3, share, distance, prediction(3), "CNN").value

    assert value(0.5, 28.0) < value(0.501, 0.1) and value(0.5, 4.0) < value(0.5, 4.1)
    with pytest.raises(ValueError, match="read as 8"):
        score_of(3, 0.5, 4.0, prediction(8), "CNN")
    score = score_of(3, 0.934, 6.0, prediction(3), "CNN")
    assert score.words == "more unusual than 93.4% of test digits" and score.detail == "a 3, read by CNN with 90.0%"


@pytest.mark.parametrize(("share", "number"), [(0, "0"), (1e-6, "0.1"), (0.9996, "99.9"), (1, "100")])
def test_only_all_test_images_are_100_percent(share: float, number: str) -> None:
    assert in_words(share) == f"more unusual than {number}% of test digits"
