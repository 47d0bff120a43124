"""The OOD detector: its size, its threshold, its files, and what the shipped weights flag."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import parameter_count
from mnist_core.models.storage import CARD, WEIGHTS
from mnist_core.ood_training.examples import nondigit_images
from mnist_core.paths import ASSETS
from mnist_core.recognition.ood_detector import (
    OODDetector,
    build_ood_detector,
    choose_threshold,
    digit_score,
    load_ood_detector,
)
from mnist_core.synthetic.splits import standin_splits

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
    """Return the shipped detector."""
    return load_ood_detector()


def share_refused(ood_detector: OODDetector, images: torch.Tensor) -> float:
    """Return the share of images (N, 28, 28) uint8 that the detector does not accept."""
    return float((~ood_detector.accepts(normalise(images))).float().mean())


def test_the_detector_is_small() -> None:
    assert parameter_count(build_ood_detector()) <= 30_000
    assert (SHIPPED / WEIGHTS).stat().st_size <= 130_000


def test_every_drawing_gets_a_score_between_0_and_1_that_does_not_depend_on_the_others() -> None:
    ood_detector, tensors = build_ood_detector(), torch.randn(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    scores = digit_score(ood_detector, tensors)
    assert scores.shape == (7,)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert torch.allclose(digit_score(ood_detector, tensors[3:4]), scores[3:4], atol=1e-6)


def test_the_threshold_flags_the_given_share_of_the_digits(digits: Split) -> None:
    ood_detector = build_ood_detector()
    threshold = choose_threshold(ood_detector, [normalise(digits.images)], false_rejection_rate=0.1)
    assert flagged_share(ood_detector, threshold, digits.images) == pytest.approx(0.1, abs=0.02)


def test_the_threshold_flags_at_most_the_given_share_of_any_group(digits: Split) -> None:
    ood_detector = build_ood_detector()
    score = digit_score(ood_detector, normalise(digits.images)).argsort()
    low, high = digits.images[score[:30]], digits.images[score[30:]]
    threshold = choose_threshold(ood_detector, [normalise(high), normalise(low)], false_rejection_rate=0.1)
    assert flagged_share(ood_detector, threshold, low) == pytest.approx(0.1, abs=0.04)
    assert flagged_share(ood_detector, threshold, high) == 0


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
def test_the_shipped_detector_flags_non_digits(family: str, shipped: OODDetector) -> None:
    assert share_refused(shipped, nondigit_images([family], 15, np.random.default_rng(99))) >= 0.8


def test_the_shipped_detector_accepts_stand_in_digits(shipped: OODDetector) -> None:
    assert share_refused(shipped, standin_splits(99, 1_000, 1)[0].images) <= 0.02


def test_the_shipped_detector_accepts_mnists_test_images(shipped: OODDetector, mnist: tuple[Split, Split]) -> None:
    assert share_refused(shipped, mnist[1].images[:3_000]) <= 0.02


def test_the_card_says_how_the_weights_were_made() -> None:
    card = json.loads((SHIPPED / CARD).read_text())
    assert card["parameters"] == parameter_count(build_ood_detector())
    assert {"seed", "command", "threshold", "held_out", "shipped"} <= card.keys()
    assert {"digits_flagged", "nondigits_flagged"} <= card["shipped"].keys()


def test_the_shipped_threshold_is_that_of_the_card(shipped: OODDetector) -> None:
    assert shipped.threshold == json.loads((SHIPPED / CARD).read_text())["threshold"]
    assert not shipped.model.training


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an untrained detector."""
    save_file(build_ood_detector().state_dict(), tmp_path / WEIGHTS)
    (tmp_path / CARD).write_text('{"threshold": 0.5}')
    return tmp_path


def test_a_detector_is_loaded_from_its_folder(folder: Path) -> None:
    ood_detector, tensors = (
        load_ood_detector(folder),
        torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)),
    )
    assert ood_detector.threshold == 0.5
    assert torch.equal(ood_detector.accepts(tensors), digit_score(ood_detector.model, tensors) >= 0.5)


@pytest.mark.parametrize("missing", [WEIGHTS, CARD])
def test_a_folder_with_a_missing_file_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ValueError, match="is missing"):
        load_ood_detector(folder)


@pytest.mark.parametrize("card", ["{}", "{", "[]", '{"threshold": "high"}', '{"threshold": null}'])
def test_a_card_without_a_threshold_is_refused(folder: Path, card: str) -> None:
    (folder / CARD).write_text(card)
    with pytest.raises(ValueError, match="^[^\n]*card.json[^\n]*$"):
        load_ood_detector(folder)
