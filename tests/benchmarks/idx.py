"""How long it takes to bring a split of MNIST into tensors: ours, and item by item through torchvision.

    python -m tests.benchmarks.idx [--runs 5]

Ours is `load_split` from the files with all its checks, MD5 among them, as the app does; then the same with every image
scaled to float32 in [0, 1] at once, which the app does on use. torchvision's is a loop over
`MNIST(root, transform=ToTensor())[index]`, its files already read. Both give the same numbers, which is checked.
Prints the best time of each, taken in turn on one thread, and the ratios.
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
    split = load_split(name)
    return split.images, split.labels


def scaled(name: str) -> Pair:
    split = load_split(name)
    return split.images.unsqueeze(1).float().div_(255), split.labels


def item_by_item(name: str) -> Callable[[], Pair]:
    dataset = import_datasets().MNIST(str(data_root()), train=name == "train", transform=import_transforms().ToTensor())

    def read() -> Pair:
        items = [dataset[index] for index in range(len(dataset))]
        return torch.stack([image for image, _ in items]), torch.tensor([label for _, label in items])

    return read


def seconds(work: Callable[[], Pair]) -> tuple[float, Pair]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    torch.set_num_threads(1)
    for name in ("train", "test"):
        reference = item_by_item(name)
        rounds = []
        for _ in range(runs):
            bytes_taken, _ = seconds(partial(as_bytes, name))
            scaled_taken, (images, labels) = seconds(partial(scaled, name))
            items_taken, (their_images, their_labels) = seconds(reference)
            rounds.append((bytes_taken, scaled_taken, items_taken))
        assert torch.equal(images, their_images) and torch.equal(labels, their_labels)
        fast, scaling, slow = map(min, zip(*rounds, strict=True))
        print(
            f"{name}, {len(labels):,} images: item by item {slow:.2f} s; load_split {fast * 1000:.0f} ms, "
            f"{slow / fast:.0f} times faster; and scaled {scaling * 1000:.0f} ms, {slow / scaling:.0f} times"
        )


if __name__ == "__main__":
    main()
