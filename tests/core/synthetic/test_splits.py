import pytest
import torch

from mnist_core.constants import SIDE
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import BOX
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.models.networks import build_model
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.loop import fit


@pytest.fixture(scope="module")
def standins() -> tuple[Split, Split]:
    return standin_splits(seed=3, train=3_000, test=600)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_different_ones(standins: tuple[Split, Split]) -> None:
    for first, again, other in zip(standins, standin_splits(3, 3_000, 600), standin_splits(4, 3_000, 600), strict=True):
        assert first.images.equal(again.images) and first.labels.equal(again.labels)
        assert not first.images.equal(other.images) and not first.labels.equal(other.labels)


def test_the_size_of_one_split_does_not_change_the_other(standins: tuple[Split, Split]) -> None:
    train, test = standin_splits(3, 40, 600)
    assert test.images.equal(standins[1].images) and len(train) == 40


def test_standins_have_the_format_of_mnist_and_a_source_of_their_own(standins: tuple[Split, Split]) -> None:
    for split, name, count in zip(standins, ("train", "test"), (3_000, 600), strict=True):
        assert (split.name, split.source, len(split)) == (name, "stand-in digits, not MNIST", count)
        assert split.images.shape == (count, SIDE, SIDE) and split.images.dtype == torch.uint8
        assert split.labels.dtype == torch.int64
        assert torch.bincount(split.labels, minlength=10).tolist() == [count // 10] * 10


def test_no_two_standins_are_equal(standins: tuple[Split, Split]) -> None:
    both = torch.cat([split.images.flatten(1) for split in standins])
    assert len(both.unique(dim=0)) == len(both)


def test_standins_fill_the_box_and_their_mass_is_centred(standins: tuple[Split, Split]) -> None:
    images = standins[0].images.float() / 255
    extents = torch.stack([(images > 0.5).any(dim=axis).sum(dim=1) for axis in (1, 2)]).amax(dim=0).float()
    assert extents.min() >= BOX - 3 and extents.max() <= BOX + 1 and abs(float(extents.mean()) - BOX) < 0.5
    # The mass is off-centre only where centring it would lose ink.
    positions = torch.arange(SIDE) - (SIDE - 1) / 2
    for axis in (1, 2):
        off = (images.sum(dim=axis) * positions).sum(dim=1) / images.sum(dim=(1, 2))
        assert off.abs().quantile(0.99) <= 0.51


def test_standins_have_about_as_much_ink_as_mnist(standins: tuple[Split, Split], mnist: tuple[Split, Split]) -> None:
    ours, theirs = (split.images.float().mean(dim=(1, 2)) / 255 for split in (standins[0], mnist[0]))
    assert abs(float(ours.mean() - theirs.mean())) < 0.02
    assert 0.7 < float(ours.std() / theirs.std()) < 1.4


def test_a_network_trained_on_mnist_recognises_standins() -> None:
    many = standin_splits(seed=3, train=10, test=3_000)[1]  # 600 would leave the accuracy uncertain by 1.5 points
    assert evaluate(load_trained(model_folder("cnn")).model, many).accuracy > 0.96


@pytest.mark.slow
def test_a_network_trained_on_standins_recognises_mnist(
    standins: tuple[Split, Split], mnist: tuple[Split, Split]
) -> None:
    model = build_model("cnn")
    for _ in fit(model, *standins, TrainConfig("cnn", epochs=3)):
        pass
    assert evaluate(model, mnist[0].first(1_000)).accuracy > 0.85


@pytest.mark.parametrize(("seed", "train", "test"), [(-1, 10, 10), (0, 0, 10), (0, 10, 0)])
def test_a_negative_seed_or_an_empty_split_is_refused(seed: int, train: int, test: int) -> None:
    with pytest.raises(ValueError, match="or more"):
        standin_splits(seed, train, test)
