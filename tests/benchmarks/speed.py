"""Compare how long the quick preset and the usual PyTorch example take to reach 99% on the test set.

    python -m tests.benchmarks.speed [--seeds 5] [--epochs 14]

The usual example was written from its description: two 3x3 convolutions of 32 and 64 channels, max-pooling, dropout
and a dense layer of 128; mini-batches of 64 from a DataLoader over torchvision's MNIST with ToTensor and Normalize;
Adadelta with a learning rate of 1.0, multiplied by 0.7 after each epoch; an evaluation after each epoch. It trains
until an evaluation reaches the target. Ours is the command line's training. Both are timed as whole processes,
including imports and evaluations. Needs MNIST.

The last line compares the throughput of ours with what the cores can do, in floating-point operations of the
convolutions per second. The cores' limit is measured with the same layers alone, forwards and backwards, on inputs
that are already in memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGET = 0.99


def usual_example(epochs: int) -> None:
    """Train the usual example in this process and print the accuracy of each epoch, until the target is reached."""
    import torch
    from torch import nn
    from torch.nn import functional
    from torch.utils.data import DataLoader

    from mnist_core.data.torchvision_import import import_datasets, import_transforms
    from mnist_core.ink.normalisation import MEAN, STD
    from mnist_core.paths import data_root

    torch.manual_seed(1)
    transforms = import_transforms()
    to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))])
    datasets = [import_datasets().MNIST(str(data_root()), train=train, transform=to_tensor) for train in (True, False)]
    train, test = DataLoader(datasets[0], 64, shuffle=True), DataLoader(datasets[1], 1000)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(12 * 12 * 64, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    optimiser = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.7)
    for _ in range(epochs):
        model.train()
        for images, labels in train:
            optimiser.zero_grad()
            functional.cross_entropy(model(images), labels).backward()
            optimiser.step()
        schedule.step()
        model.eval()
        with torch.no_grad():
            correct = sum(int((model(images).argmax(dim=1) == labels).sum()) for images, labels in test)
        print(json.dumps(correct / len(datasets[1])), flush=True)
        if correct / len(datasets[1]) >= TARGET:
            return


def timed(command: list[str]) -> tuple[float, str]:
    """Run a command; returns how many seconds it took and what it printed."""
    started = time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, ended.stdout


def ours(seed: int) -> tuple[float, float]:
    """Train with the quick preset in a process of its own; returns the process's seconds and the test accuracy."""
    from mnist_core.models.storage import CARD, read_json

    with tempfile.TemporaryDirectory() as folder:
        words = ["train", "--model", "cnn", "--preset", "quick", "--seed", str(seed), "--device", "cpu"]
        seconds, _ = timed([sys.executable, "-m", "mnist_core", *words, "--out", f"{folder}/run"])
        return seconds, float(read_json(Path(folder) / "run" / CARD)["test_accuracy"])


def throughput() -> tuple[float, float]:
    """Return floating-point operations per second of the model's convolutions alone, and in a whole training step."""
    import torch
    from torch import nn
    from torch.nn import functional

    from mnist_core.models.config import PRESETS
    from mnist_core.training.device import resolve_precision
    from mnist_core.training.optimisers import make_optimiser, optimiser_step

    config = resolve_precision(PRESETS["quick"].configs["cnn"], "cpu")
    # torch's type hints leave out this argument.
    model = config.build_model().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = make_optimiser(model, config)
    images, labels = torch.randn(config.batch_size, 1, 28, 28), torch.arange(config.batch_size) % 10
    arithmetic = torch.autocast("cpu", torch.bfloat16, enabled=config.precision == "bfloat16")
    works, operations, x = [], 0, images
    with arithmetic:
        for layer in model:
            inputs = x.detach().clone().requires_grad_(x is not images)  # the images need no gradient
            x = layer(x)
            if isinstance(layer, nn.Conv2d):
                works.append((layer, inputs, torch.randn_like(x)))
                passes = 3 if inputs.requires_grad else 2  # forwards, backwards to the weights and to the inputs
                operations += passes * 2 * layer.weight.numel() * x.numel() // x.shape[1]

    def convolutions() -> None:
        with arithmetic:
            outputs = [layer(inputs) for layer, inputs, _ in works]
        torch.autograd.backward(outputs, [gradient for _, _, gradient in works])

    def whole() -> None:
        with arithmetic:
            logits = model(images).float()
        optimiser.zero_grad(set_to_none=True)
        functional.cross_entropy(logits, labels).backward()
        optimiser_step(optimiser)

    alone, all_of_it = (statistics.median(_seconds(work) for _ in range(50)) for work in (convolutions, whole))
    return operations / alone, operations / all_of_it


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many runs of the quick preset, with seeds from 0")
    parser.add_argument(
        "--epochs", type=int, default=14, help="at most this many of the usual example; 0 leaves it out"
    )
    parser.add_argument("--usual", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.usual:
        usual_example(options.epochs)
        return
    print(f"{os.cpu_count()} cores")
    runs = [ours(seed) for seed in range(options.seeds)]
    for seed, (seconds, accuracy) in enumerate(runs):
        print(f"quick preset, seed {seed}: {seconds:.1f} s, {accuracy:.2%}", flush=True)
    mean, spread = statistics.mean(a for _, a in runs), statistics.pstdev(a for _, a in runs)
    median = statistics.median(seconds for seconds, _ in runs)
    print(f"quick preset: median {median:.1f} s, accuracy {mean:.2%} on average, standard deviation {spread:.2%}")
    if options.epochs:
        seconds, printed = timed(
            [sys.executable, "-m", "tests.benchmarks.speed", "--usual", "--epochs", str(options.epochs)]
        )
        accuracies = [float(line) for line in printed.split()]
        print(f"usual example: {seconds:.0f} s, after each epoch " + ", ".join(f"{value:.2%}" for value in accuracies))
        reached = "" if accuracies[-1] >= TARGET else f" (it did not reach {TARGET:.0%})"
        print(f"ratio: {seconds / median:.0f} times{reached}")
    convolutions, whole = throughput()
    print(f"convolutions alone {convolutions / 1e9:.0f} GFLOP/s, a whole step {whole / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
