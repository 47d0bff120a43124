"""Compare how long it takes to read a split of MNIST into tensors: `load_split`, and torchvision item by item.

    python -m tests.benchmarks.idx [--runs 5]

`load_split` reads the files with all its checks, including MD5, as the app does. It is timed alone, and again with all
images scaled to float32 in [0, 1], which the app does on use. torchvision is timed as a loop over
`MNIST(root, transform=ToTensor())[index]`, after it has read its files. The benchmark checks that both give the same
numbers. The three take turns on one thread; the best time of each and the ratios are printed. Needs MNIST.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch

from mnist_core.data.split import load_split
from mnist_core.data.torchvision_import import import_datasets, import_transforms
from mnist_core.paths import data_root

Pair = tuple[torch.Tensor, torch.Tensor]


def as_bytes(name: str) -> Pair:
    """Read a split as the app keeps it."""
    split = load_split(name)
    return split.images, split.labels


def scaled(name: str) -> Pair:
    """Read a split and scale its images to (N, 1, 28, 28) float32 in [0, 1]."""
    split = load_split(name)
    return split.images.unsqueeze(1).float().div_(255), split.labels


def item_by_item(name: str) -> Callable[[], Pair]:
    """Return a function that reads a split through torchvision, one image at a time."""
    dataset = import_datasets().MNIST(str(data_root()), train=name == "train", transform=import_transforms().ToTensor())

    def read() -> Pair:
        items = [dataset[index] for index in range(len(dataset))]
        return torch.stack([image for image, _ in items]), torch.tensor([label for _, label in items])

    return read


def timed(work: Callable[[], Pair]) -> tuple[float, Pair]:
    """Return how many seconds some work takes, and its result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is timed")
    runs = parser.parse_args().runs
    torch.set_num_threads(1)
    for name in ("train", "test"):
        read_items = item_by_item(name)
        rounds = []
        for _ in range(runs):
            bytes_seconds, _ = timed(partial(as_bytes, name))
            scaled_seconds, (images, labels) = timed(partial(scaled, name))
            items_seconds, (their_images, their_labels) = timed(read_items)
            rounds.append((bytes_seconds, scaled_seconds, items_seconds))
        assert torch.equal(images, their_images) and torch.equal(labels, their_labels)
        as_bytes_best, scaled_best, items_best = map(min, zip(*rounds, strict=True))
        print(
            f"{name}, {len(labels):,} images: item by item {items_best:.2f} s; "
            f"load_split {as_bytes_best * 1000:.0f} ms, {items_best / as_bytes_best:.0f} times as fast; "
            f"scaled as well {scaled_best * 1000:.0f} ms, {items_best / scaled_best:.0f} times as fast"
        )


if __name__ == "__main__":
    main()
