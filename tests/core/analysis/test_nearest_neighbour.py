"""Learning by heart: SciPy's nearest neighbours, and what must be true of a model that only remembers."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from mnist_core.analysis import nearest_neighbour
from mnist_core.analysis.nearest_neighbour import answer_by_nearest
from mnist_core.data.split import Split
from mnist_core.progress import result_of
from tests.made import made_split

TRAIN, TEST = made_split("train", 320, seed=7), made_split("test", 60, seed=8)


def flat(split: Split) -> np.ndarray:
    return split.images.numpy().reshape(len(split), -1).astype(float)


def test_the_most_similar_image_is_scipys_nearest_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_neighbour, "CHUNK", 70)
    learned = result_of(answer_by_nearest(TRAIN, TEST))
    assert learned.sizes == (10, 30, 100, 300) and learned.questions == 60
    for size, nearest, accuracy in zip(learned.sizes, learned.nearest, learned.test, strict=True):
        expected = cdist(flat(TEST), flat(TRAIN)[:size]).argmin(axis=1)
        assert nearest.tolist() == expected.tolist()
        assert accuracy == pytest.approx(float((TRAIN.labels[expected] == TEST.labels).double().mean()))


def test_what_is_memorised_is_always_right() -> None:
    assert result_of(answer_by_nearest(TRAIN, TEST)).memorised == (1, 1, 1, 1)


def test_labels_that_mean_nothing_are_remembered_and_help_nobody() -> None:
    shuffled = Split(TRAIN.images, torch.randint(0, 10, (320,), generator=torch.Generator().manual_seed(1)), "train")
    learned = result_of(answer_by_nearest(shuffled, TEST))
    assert learned.memorised[-1] == 1 and learned.test[-1] < 0.3


def test_one_image_can_be_memorised_and_none_cannot() -> None:
    learned = result_of(answer_by_nearest(TRAIN.first(1), TEST))
    assert learned.sizes == (1,) and learned.nearest.unique().tolist() == [0]
    with pytest.raises(ValueError, match="at least one image"):
        result_of(answer_by_nearest(TRAIN.first(0), TEST))


def test_the_progress_rises_to_all() -> None:
    fractions = list(answer_by_nearest(TRAIN, TEST))
    assert fractions == sorted(fractions) and fractions[-1] == 1
