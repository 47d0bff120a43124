"""The gate: its size, its training, and the verdicts of the weights that are shipped."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mnist_core.data.split import MissingDataError, Split, load_split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import parameter_count
from mnist_core.models.storage import CARD, WEIGHTS
from mnist_core.ood_training.examples import (
    CORRUPTED_DIGITS,
    COUNTS,
    DIGIT_GROUPS,
    NOT_A_DIGIT,
    RANDOM_FAMILIES,
    far_from_digits,
    make_group,
    nondigits,
)
from mnist_core.ood_training.training import train_ood_detector
from mnist_core.paths import ASSETS
from mnist_core.recognition.ood_detector import (
    OODDetector,
    build_ood_detector,
    choose_threshold,
    digit_score,
    load_ood_detector,
)
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.reinking import reinked

SHIPPED = ASSETS / "ood_detector"


@pytest.fixture(scope="module")
def digits() -> Split:
    """Return 60 stand-in digits, so that no test here needs MNIST."""
    return standin_splits(0, 60, 1)[0]


def flagged_share(ood_detector: torch.nn.Module, threshold: float, images: torch.Tensor) -> float:
    """Return the share of images (N, 28, 28) uint8 that score below the threshold."""
    return float((digit_score(ood_detector, normalise(images)) < threshold).float().mean())


@pytest.fixture(scope="module")
def shipped() -> OODDetector:
    """Return the shipped gate."""
    return load_ood_detector()


def share_refused(ood_detector: OODDetector, images: torch.Tensor) -> float:
    """Return the share of images (N, 28, 28) uint8 that the gate does not accept."""
    return float((~ood_detector.accepts(normalise(images))).float().mean())


def test_the_gate_is_tiny() -> None:
    assert parameter_count(build_ood_detector()) <= 30_000
    assert (SHIPPED / WEIGHTS).stat().st_size <= 130_000


def test_scores_are_probabilities_one_a_drawing_and_do_not_depend_on_the_others() -> None:
    ood_detector, tensors = build_ood_detector(), torch.randn(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    scores = digit_score(ood_detector, tensors)
    assert scores.shape == (7,)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert torch.allclose(digit_score(ood_detector, tensors[3:4]), scores[3:4], atol=1e-6)


def test_the_threshold_gives_the_asked_share_away(digits: Split) -> None:
    ood_detector = build_ood_detector()
    threshold = choose_threshold(ood_detector, [normalise(digits.images)], flagged=0.1)
    assert flagged_share(ood_detector, threshold, digits.images) == pytest.approx(0.1, abs=0.02)


def test_the_threshold_gives_no_group_of_digits_away_beyond_the_asked_share(digits: Split) -> None:
    ood_detector = build_ood_detector()
    score = digit_score(ood_detector, normalise(digits.images)).argsort()
    low, high = digits.images[score[:30]], digits.images[score[30:]]
    threshold = choose_threshold(ood_detector, [normalise(high), normalise(low)], flagged=0.1)
    assert flagged_share(ood_detector, threshold, low) == pytest.approx(0.1, abs=0.04)
    assert flagged_share(ood_detector, threshold, high) == 0


def test_training_reports_learns_and_is_repeatable(digits: Split) -> None:
    without = set(COUNTS) - {*DIGIT_GROUPS, "dots", "hatching", "side by side", "random outline"}

    def run() -> tuple[list[float], torch.Tensor]:
        torch.manual_seed(0)
        ood_detector = build_ood_detector()
        reports = list(train_ood_detector(digits, 3, ood_detector, without=without, size=0.006))
        assert [report.doing for report in reports[:2]] == ["making re-inked digits", "making stand-in digits"]
        assert reports[-1].done == reports[-1].whole
        return [report.loss for report in reports if report.loss is not None], ood_detector[-1].weight.detach()

    (losses, weights), (again, same) = run(), run()
    assert losses == again
    assert torch.equal(weights, same)
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.parametrize("name", CORRUPTED_DIGITS)
def test_spoiled_digits_are_bytes_of_the_count_asked_for(name: str, digits: Split) -> None:
    spoiled = CORRUPTED_DIGITS[name](digits, 9, np.random.default_rng(0))
    assert spoiled.shape == (9, 28, 28)
    assert spoiled.dtype == torch.uint8
    assert (spoiled.amax(dim=(1, 2)) > 100).all()


@pytest.mark.parametrize("name", [*DIGIT_GROUPS, "dot", "letter A", "overlaid digits", *RANDOM_FAMILIES])
def test_every_kind_of_part_is_repeatable_and_of_its_seed(name: str, digits: Split) -> None:
    size = 20 / COUNTS[name]
    one, other, another = (make_group(name, digits, seed, size) for seed in (3, 3, 4))
    assert one.images.shape == (20, 28, 28)
    assert one.images.dtype == torch.uint8
    assert ((one.labels < NOT_A_DIGIT).all() if name in DIGIT_GROUPS else (one.labels == NOT_A_DIGIT).all()).item()
    assert torch.equal(one.images, other.images)
    assert not torch.equal(one.images, another.images)


def test_what_is_as_near_to_a_digit_as_digits_are_to_each_other_is_told(digits: Split) -> None:
    shifted = digits.images.roll(1, 2)
    assert not far_from_digits(digits.images, digits.images, 0.99).any()
    assert far_from_digits(shifted, digits.images, 0.99).all()
    assert far_from_digits(nondigits(["dots"], 20, np.random.default_rng(0)), digits.images, 0.9).float().mean() > 0.9


def test_reinking_keeps_digits_in_place(digits: Split) -> None:
    images = digits.images[:10]
    inked = reinked(images, np.random.default_rng(0)).float().flatten(1)
    assert (torch.cosine_similarity(inked, images.float().flatten(1)) > 0.5).float().mean() > 0.8


@pytest.mark.parametrize(
    "family",
    [
        "dot",
        "dots",
        "scribble",
        "hatching",
        "spiral",
        "letter A",
        "letter M",
        "star",
        "smiley",
        "word",
        "rectangle",
        "heart",
        "house",
    ],
)
def test_the_shipped_gate_flags_what_is_no_digit(family: str, shipped: OODDetector) -> None:
    assert share_refused(shipped, nondigits([family], 15, np.random.default_rng(99))) >= 0.8


def test_the_shipped_gate_lets_digits_of_another_hand_pass(shipped: OODDetector) -> None:
    assert share_refused(shipped, standin_splits(99, 1_000, 1)[0].images) <= 0.02


def test_the_shipped_gate_flags_few_of_mnists_test_images(shipped: OODDetector) -> None:
    try:
        test = load_split("test")
    except MissingDataError as error:
        pytest.skip(str(error))
    assert share_refused(shipped, test.images[:3_000]) <= 0.02


def test_the_card_says_how_the_weights_came_about() -> None:
    card = json.loads((SHIPPED / CARD).read_text())
    assert card["parameters"] == parameter_count(build_ood_detector())
    assert {"seed", "command", "threshold", "held_out", "shipped"} <= card.keys()
    assert {"digits_flagged", "nondigits_flagged"} <= card["shipped"].keys()


def test_the_threshold_is_the_cards(shipped: OODDetector) -> None:
    assert shipped.threshold == json.loads((SHIPPED / CARD).read_text())["threshold"]
    assert not shipped.model.training


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a fresh gate."""
    save_file(build_ood_detector().state_dict(), tmp_path / WEIGHTS)
    (tmp_path / CARD).write_text('{"threshold": 0.5}')
    return tmp_path


def test_a_gate_is_read_from_its_folder(folder: Path) -> None:
    ood_detector, tensors = (
        load_ood_detector(folder),
        torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)),
    )
    assert ood_detector.threshold == 0.5
    assert torch.equal(ood_detector.accepts(tensors), digit_score(ood_detector.model, tensors) >= 0.5)


@pytest.mark.parametrize("missing", [WEIGHTS, CARD])
def test_a_gate_of_which_a_file_is_missing_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ValueError, match="is missing"):
        load_ood_detector(folder)


@pytest.mark.parametrize("card", ["{}", "{", "[]", '{"threshold": "high"}', '{"threshold": null}'])
def test_a_card_without_a_threshold_is_refused(folder: Path, card: str) -> None:
    (folder / CARD).write_text(card)
    with pytest.raises(ValueError, match="^[^\n]*card.json[^\n]*$"):
        load_ood_detector(folder)
