"""Measure how little changes the answers of the shipped models, on test images that they read correctly.

    python -m tests.benchmarks.changes [linear] [mlp] [cnn] [--images 50]

"faint" is the smallest change in L2, and "few pixels" that in L1, both towards the second most likely answer; where one
pixel from paper to full ink counts 1. "on purpose" is the smallest size, in grey levels of 255, at which the attack in
several steps fools the model, and "at random" that at which half of the random changes do; "–" is beyond the largest
size tried. All are medians. "found" is how often both changes were found. Times are those of one faint change and one
attack, in ms of one processor core. Needs MNIST.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import torch

from mnist_core.analysis.adversarial import RANDOM_CHANGES, Attack, attack, smallest_size
from mnist_core.analysis.counterfactual import Norm, smallest_change
from mnist_core.data.split import Split, load_split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.networks import MODELS
from mnist_core.progress import result_of
from mnist_core.recognition.predictor import Predictor, load_predictor

BEYOND = 256  # grey levels, for a size that was not reached


def size_at_random(attacked: Attack) -> int:
    """Return the smallest size at which half of the random changes fool the model."""
    sizes = zip(attacked.sizes, attacked.random_fooled, strict=True)
    return next((size for size, fooled in sizes if 2 * fooled >= RANDOM_CHANGES), BEYOND)


def in_words(sizes: Sequence[int]) -> str:
    """Return the median of some sizes."""
    median = statistics.median(sizes)
    return f"{median:g}" if median < BEYOND else "–"


def measure(name: str, predictor: Predictor, test: Split, count: int) -> None:
    """Print one line of figures for a model."""
    faint, sparse, pixels, on_purpose, at_random, found = [], [], [], [], [], 0
    milliseconds: dict[str, list[float]] = {"faint": [], "attack": []}
    model, temperature = predictor.model, predictor.temperature
    tensors = normalise(test.images[: 2 * count])
    right = predictor.probabilities(tensors).argmax(dim=1) == test.labels[: 2 * count]
    for tensor in tensors[right][:count]:
        second = int(predictor.probabilities(tensor[None])[0].topk(2).indices[1])
        started = time.process_time()
        spread = result_of(smallest_change(model, tensor, second, temperature=temperature))
        milliseconds["faint"].append(1000 * (time.process_time() - started))
        few = result_of(smallest_change(model, tensor, second, norm=Norm.L1, temperature=temperature))
        found += spread.is_found and few.is_found
        faint.append(spread.l2)
        sparse.append(few.l1)
        pixels.append(few.pixels)
        started = time.process_time()
        attacked = result_of(attack(model, tensor, temperature=temperature))
        milliseconds["attack"].append(1000 * (time.process_time() - started))
        smallest = smallest_size(attacked.sizes, attacked.probabilities, attacked.answer)
        on_purpose.append(BEYOND if smallest is None else smallest)
        at_random.append(size_at_random(attacked))
    print(
        f"{name}: {len(faint)} images, found {found}; faint {statistics.median(faint):.2f} in L2; few pixels "
        f"{statistics.median(sparse):.1f} in L1, {statistics.median(pixels):g} pixels; on purpose "
        f"{in_words(on_purpose)}, at random {in_words(at_random)} grey levels; "
        + ", ".join(f"{what} {statistics.median(times):.0f} ms" for what, times in milliseconds.items()),
        flush=True,
    )


def main() -> None:
    """Measure the shipped models."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.changes", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; default all")
    parser.add_argument("--images", type=int, default=50, help="how many test images")
    options = parser.parse_args()
    torch.set_num_threads(1)
    test = load_split("test")
    for name in options.models or MODELS:
        measure(name, load_predictor(name), test, options.images)


if __name__ == "__main__":
    main()
