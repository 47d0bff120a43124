import numpy as np
import pytest
import torch

from mnist_core.constants import SIDE
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import BOX
from mnist_core.ink.preprocessing import LINE_WIDTH, preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.models.evaluation import accuracy_and_loss
from mnist_core.models.networks import build_model
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.synthetic.pen import PIECES, write_digits
from mnist_core.synthetic.rasteriser import BLUR, rasterise_digits
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.loop import TrainConfig, fit


@pytest.fixture(scope="module")
def standins() -> tuple[Split, Split]:
    return standin_splits(seed=3, train=3_000, test=600)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(standins: tuple[Split, Split]) -> None:
    for first, again, other in zip(standins, standin_splits(3, 3_000, 600), standin_splits(4, 3_000, 600), strict=True):
        assert first.images.equal(again.images) and first.labels.equal(again.labels)
        assert not first.images.equal(other.images) and not first.labels.equal(other.labels)


def test_the_size_of_one_split_does_not_change_the_other(standins: tuple[Split, Split]) -> None:
    train, test = standin_splits(3, 40, 600)
    assert test.images.equal(standins[1].images) and len(train) == 40


def test_they_are_mnist_in_format_and_say_that_they_are_not_mnist(standins: tuple[Split, Split]) -> None:
    for split, name, count in zip(standins, ("train", "test"), (3_000, 600), strict=True):
        assert (split.name, split.source, len(split)) == (name, "stand-in digits, not MNIST", count)
        assert split.images.shape == (count, SIDE, SIDE) and split.images.dtype == torch.uint8
        assert split.labels.dtype == torch.int64
        assert torch.bincount(split.labels, minlength=10).tolist() == [count // 10] * 10


def test_no_two_are_alike_within_a_split_or_across_them(standins: tuple[Split, Split]) -> None:
    both = torch.cat([split.images.flatten(1) for split in standins])
    assert len(both.unique(dim=0)) == len(both)


def test_their_ink_fills_the_box_and_its_mass_is_in_the_middle(standins: tuple[Split, Split]) -> None:
    images = standins[0].images.float() / 255
    extents = torch.stack([(images > 0.5).any(dim=axis).sum(dim=1) for axis in (1, 2)]).amax(dim=0).float()
    assert extents.min() >= BOX - 3 and extents.max() <= BOX + 1 and abs(float(extents.mean()) - BOX) < 0.5
    # The longest side is what fits the box; only ink that would fall off the paper keeps the mass from the middle.
    places = torch.arange(SIDE) - (SIDE - 1) / 2
    for axis in (1, 2):
        off = (images.sum(dim=axis) * places).sum(dim=1) / images.sum(dim=(1, 2))
        assert off.abs().quantile(0.99) <= 0.51


def test_they_have_about_as_much_ink_as_mnist(standins: tuple[Split, Split], mnist: tuple[Split, Split]) -> None:
    ours, theirs = (split.images.float().mean(dim=(1, 2)) / 255 for split in (standins[0], mnist[0]))
    assert abs(float(ours.mean() - theirs.mean())) < 0.02
    assert 0.7 < float(ours.std() / theirs.std()) < 1.4


def test_ink_of_the_usual_width_is_what_the_ink_pipeline_makes_of_the_same_strokes() -> None:
    differences, moved = [], 0
    for digit in range(10):
        drawn = write_digits(digit, 12, np.random.default_rng(digit))
        ours = rasterise_digits(drawn, np.full((12, PIECES), LINE_WIDTH / 2), np.full(12, BLUR))
        for pieces, picture in zip(drawn, ours, strict=True):
            stages = preprocess(Strokes(tuple((pieces - pieces.min(axis=(0, 1))) * 180 + 40)))
            assert stages is not None
            by_shift = {
                shift: float(np.abs(np.roll(picture, shift, axis=(0, 1)) - stages.centre).mean())
                for shift in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
            }
            moved += min(by_shift, key=by_shift.__getitem__) != (0, 0)
            differences.append(min(by_shift.values()))
    assert np.mean(differences) < 0.01 and max(differences) < 0.02
    assert moved <= 0.1 * len(differences)


def test_long_pieces_are_inked_as_the_same_lines_cut_short() -> None:
    corners = np.array([[0.0, 0.0], [0.1, 0.5], [0.0, 1.0], [0.4, 0.9]])
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    finer = np.sort(np.concatenate([lengths, np.linspace(0, lengths[-1], 60)]))
    cut = np.stack([np.interp(finer, lengths, corners[:, axis]) for axis in (0, 1)], axis=1)
    pictures = [
        rasterise_digits(np.stack([line[:-1], line[1:]], axis=1)[None], np.full((1, len(line) - 1), 1.5), np.ones(1))
        for line in (corners, cut)
    ]
    np.testing.assert_allclose(*pictures, atol=1e-3)


def test_a_thicker_pen_leaves_more_ink_and_a_thinner_one_less() -> None:
    drawn = write_digits(8, 20, np.random.default_rng(0))
    inks = [
        rasterise_digits(drawn, np.full((20, PIECES), radius), np.ones(20)).mean(axis=(1, 2))
        for radius in (0.6, 1.2, 2.0)
    ]
    assert (inks[0] < inks[1]).all() and (inks[1] < inks[2]).all()


def test_a_network_that_learned_from_mnist_reads_them(standins: tuple[Split, Split]) -> None:
    assert accuracy_and_loss(load_trained(model_folder("cnn")).model, standins[1])[0] > 0.96


def test_a_network_that_learned_from_them_reads_mnist(
    standins: tuple[Split, Split], mnist: tuple[Split, Split]
) -> None:
    model = build_model("cnn")
    for _ in fit(model, *standins, TrainConfig("cnn", epochs=3)):
        pass
    assert accuracy_and_loss(model, mnist[0].first(1_000))[0] > 0.85


@pytest.mark.parametrize(("seed", "train", "test"), [(-1, 10, 10), (0, 0, 10), (0, 10, 0)])
def test_a_seed_or_a_count_that_makes_no_digits_is_refused(seed: int, train: int, test: int) -> None:
    with pytest.raises(ValueError, match="or more"):
        standin_splits(seed, train, test)
