"""Measure how well the out-of-distribution (OOD) detector tells digits from non-digits, or train it first.

    python -m tests.benchmarks.ood_detector
        choose the shipped detector's threshold again, measure the detector, and write both to its card
    python -m tests.benchmarks.ood_detector --train
        train one detector without the unseen families of non-digits and measure it on those; then train the shipped
        one on all families, measure it, and write its weights and card

Needs MNIST. If `pen_digits/dev.jsonl` is beside it in the data folder, strangers' digits are read from there; they are
never trained on. Non-digits are drawn with a seed that the training does not use. Corrupted digits are made from
MNIST's test set.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from mnist_core.data.split import Split, load_split
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes, rasterise
from mnist_core.models.networks import parameter_count
from mnist_core.models.storage import CARD, WEIGHTS, save_weights
from mnist_core.ood_training.examples import CORRUPTED_DIGITS, RANDOM_FAMILIES, Examples, nondigit_images
from mnist_core.ood_training.glyphs import load_glyphs
from mnist_core.ood_training.nondigits import FAMILIES
from mnist_core.ood_training.training import train_ood_detector
from mnist_core.paths import ASSETS, data_root
from mnist_core.recognition.ood_detector import build_ood_detector, choose_threshold, digit_score, load_ood_detector
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.reinking import reink_batch

OUT = ASSETS / "ood_detector"
REINKED_KEPT, REINKED_MEASURED = 1_000, 1_000  # images
STANDINS_KEPT = 3_000  # digits of the project's own pen
HELD_BACK = 5_000  # MNIST training images that only the threshold is chosen on
UNSEEN = (
    *(f"letter {name}" for name in "AEHKMRWaehkmrw"),
    "turned letter",  # some letters look the same mirrored
    *("star", "heart", "arrow", "smiley", "infinity", "rectangle", "house", "word", "overlaid digits"),
    *(f"sign {name}" for name in ("question mark", "ampersand", "pi", "omega", "alpha", "zhe", "ya")),
    *(f"sign {name}" for name in ("tree", "lightning", "fish", "key", "umbrella", "cup", "face", "cat", "car", "boat")),
)
BRUSHES = (8, 14, 20, 28)  # px on a canvas of 280 px
PEN_SCALE = 280 / 500  # the pen digits were written in a box of 500 px
EACH = 60  # non-digits per family to measure
MEASURING_SEED = 1_000_003
PRINTED = "printed letters"
COMMAND = "python -m tests.benchmarks.ood_detector"
Figures = dict[str, float]  # share flagged, by the name of the group


def main() -> None:
    """Read the command line, train if asked, measure, print the figures and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train first, once without the unseen families")
    parser.add_argument("--seed", type=int, default=0, help="of the training and of the digits behind the threshold")
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()
    digits, others = digit_groups(), nondigit_groups()
    train = load_split("train")
    kept = known_digits(train.images[-HELD_BACK:], options.seed)
    if options.train:
        card: dict[str, Any] = {"command": " ".join([COMMAND, *sys.argv[1:]]), "seed": options.seed}
        card["note"] = "One uninterrupted run of the command, in one process and one thread."
        cache: dict[str, Examples] = {}
        for heading, without in (("held_out", UNSEEN), ("shipped", ())):
            begun = time.process_time()
            ood_detector = _trained(train.first(len(train) - HELD_BACK), options.seed, without, cache)
            threshold = choose_threshold(ood_detector, kept)
            seconds = round(time.process_time() - begun)
            print(f"\n{heading}: {seconds} s of processor, threshold {threshold:.4f}")
            card[heading] = _flagged(ood_detector, threshold, digits, others, without)
            card[heading] |= {"unseen": list(without), "processor_seconds": seconds}
        card |= {"parameters": parameter_count(ood_detector), "threshold": threshold}
        card["processor_seconds"] = round(time.process_time() - started)
        save_weights(OUT / WEIGHTS, ood_detector)
    else:
        ood_detector, card = load_ood_detector(OUT).model, json.loads((OUT / CARD).read_text(encoding="utf-8"))
        card["threshold"] = threshold = choose_threshold(ood_detector, kept)
        print(f"threshold {threshold:.4f}")
        card["shipped"] |= _flagged(ood_detector, threshold, digits, others, ())
    (OUT / CARD).write_text(json.dumps(card, indent=1) + "\n")


def _flagged(
    ood_detector: nn.Module,
    threshold: float,
    digits: dict[str, torch.Tensor],
    others: dict[str, torch.Tensor],
    unseen: tuple[str, ...],
) -> dict[str, Figures]:
    """Measure an OOD detector, print the table, and return the figures as its card keeps them."""
    figures = measured(ood_detector, threshold, digits), measured(ood_detector, threshold, others)
    _print_table(*figures, unseen)
    return dict(zip(("digits_flagged", "nondigits_flagged"), map(_rounded, figures), strict=True))


def _trained(train: Split, seed: int, without: tuple[str, ...], cache: dict[str, Examples]) -> nn.Sequential:
    """Train an OOD detector, printing its progress; its training examples are kept in the cache for the next one."""
    torch.manual_seed(seed)
    ood_detector = build_ood_detector()
    for report in train_ood_detector(train, seed, ood_detector, without=without, cache=cache):
        if report.done % 500 == 0 or report.loss is None:
            print(f"{report.activity} {report.done}/{report.total} {report.loss or ''}", file=sys.stderr, flush=True)
    return ood_detector


def measured(ood_detector: nn.Module, threshold: float, groups: dict[str, torch.Tensor]) -> Figures:
    """Return the share of each group that is flagged."""
    return {
        name: float((digit_score(ood_detector, group) < threshold).float().mean()) for name, group in groups.items()
    }


def known_digits(kept: torch.Tensor, seed: int) -> list[torch.Tensor]:
    """Return what the threshold is chosen on, each (N, 1, 28, 28) normalised; the detector has seen none of it.

    Args:
        kept: MNIST's training images, (N, 28, 28) uint8, that were held back.
        seed: the training's; the stand-in digits here are of another.
    """
    rng = np.random.default_rng(seed)
    written = standin_splits(seed + 1_000, STANDINS_KEPT, 1)[0].images
    groups = kept, reink_batch(kept[:REINKED_KEPT], rng), written, reink_batch(written[:REINKED_KEPT], rng)
    return [normalise(group) for group in groups]


def digit_groups() -> dict[str, torch.Tensor]:
    """Return real digits, (N, 1, 28, 28) normalised: MNIST's test set, plain and re-inked, and strangers' pens."""
    images = load_split("test").images
    inked = reink_batch(images[:REINKED_MEASURED], np.random.default_rng(MEASURING_SEED))
    groups = {"MNIST test": normalise(images), "MNIST test, re-inked": normalise(inked)}
    for brush in BRUSHES:
        for way in ("strokes", "pixels"):
            stages = (preprocess(rasterise(ink) if way == "pixels" else ink) for ink in _pen_digits(brush))
            tensors = [stage.tensor for stage in stages if stage]
            if tensors:
                groups[f"pen digits, brush {brush}, {way}"] = torch.stack(tensors)
    return groups


def _pen_digits(brush: float) -> Iterator[Strokes]:
    path = data_root() / "pen_digits" / "dev.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        yield Strokes(tuple(np.array(s, float) * PEN_SCALE for s in json.loads(line)["strokes"]), brush, 280)


def nondigit_groups() -> dict[str, torch.Tensor]:
    """Return non-digits, (N, 1, 28, 28) normalised, by family."""
    rng = np.random.default_rng(MEASURING_SEED)
    test = load_split("test")
    groups = {name: normalise(nondigit_images([name], EACH, rng)) for name in FAMILIES if name not in RANDOM_FAMILIES}
    groups |= {name: normalise(make(test, EACH, rng)) for name, make in CORRUPTED_DIGITS.items()}
    return groups | {PRINTED: _printed(load_glyphs()["letters"])}


def _printed(letters: Iterable[str]) -> torch.Tensor:
    """Return letters in the font that Pillow includes, upright and slanted; (N, 1, 28, 28) normalised."""
    font = ImageFont.load_default(160)
    tensors = []
    for name in letters:
        for slant in (-0.15, 0.0, 0.15, 0.3):
            image = Image.new("L", (280, 280))
            ImageDraw.Draw(image).text((140, 140), name, fill=255, font=font, anchor="mm")
            image = image.transform(image.size, Image.Transform.AFFINE, (1, slant, -140 * slant, 0, 1, 0))
            stages = preprocess(np.asarray(image, dtype=np.float32) / 255)
            assert stages is not None
            tensors.append(stages.tensor)
    return torch.stack(tensors)


def _print_table(digits: Figures, others: Figures, unseen: tuple[str, ...]) -> None:
    for name, share in digits.items():
        print(f"{name:40} {share:7.2%}")
    unseen = (*(name for name in unseen if name in others), PRINTED)  # no detector was trained on those
    for heading, names in (("unseen", unseen), ("seen", [name for name in others if name not in unseen])):
        for name in names:
            print(f"{heading:8} {name:31} {others[name]:7.2%}")
        print(f"{heading:8} {'all':31} {np.mean([others[name] for name in names]):7.2%}")


def _rounded(figures: Figures) -> Figures:
    return {name: round(share, 4) for name, share in figures.items()}


if __name__ == "__main__":
    main()
