"""Measure how fast stand-in digits are written, and how well a cnn trained on them alone reads MNIST.

    python -m tests.benchmarks.standin [--seed 0] [--epochs 8] [--augment 1] [--validate]

It writes 12,000 training and 2,000 test digits, trains a cnn on the 12,000, and evaluates it on MNIST's test set. Use
`--validate` to evaluate on the first 10,000 training images instead while you change the letterforms. It runs on one
thread; on a busy machine, compare the processor time. Needs MNIST.
"""

import argparse
import time

import torch

from mnist_core.data.split import Split, load_split
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import confusion_matrix, evaluate, predict_logits
from mnist_core.models.networks import build_model
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.loop import fit


def report(name: str, model: torch.nn.Module, split: Split) -> None:
    """Print a model's accuracy on a split, over all images and by digit."""
    predicted = predict_logits(model, split.images).argmax(dim=1)
    counts = confusion_matrix(predicted, split.labels)
    recall = counts.diagonal() / counts.sum(dim=1)
    print(f"{name}: {float(counts.diagonal().sum() / counts.sum()):.2%}")
    print("by digit: " + ", ".join(f"{digit} {float(share):.1%}" for digit, share in enumerate(recall)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="of the digits and of the training")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the stand-in digits")
    parser.add_argument("--augment", type=float, default=1.0, help="strength of the augmentation, 0 to 2")
    parser.add_argument("--validate", action="store_true", help="evaluate on training images, not on the test set")
    options = parser.parse_args()
    torch.set_num_threads(1)
    mnist = load_split("train").first(10_000) if options.validate else load_split("test")
    started, worked = time.perf_counter(), time.process_time()
    train, test = standin_splits(options.seed)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    print(f"{len(train) + len(test):,} stand-in digits, seed {options.seed}: {seconds:.2f} s, processor {busy:.2f} s")
    model = build_model("cnn", options.seed)
    config = TrainConfig("cnn", options.epochs, augment=options.augment, average=True, seed=options.seed)
    for step in fit(model, train, test, config):
        if step.test_accuracy is not None:
            print(
                f"epoch {step.epoch:.0f}, {step.seconds:.0f} s: {step.test_accuracy:.2%} of the stand-ins", flush=True
            )
    print(f"stand-in test digits: {evaluate(model, test).accuracy:.2%}")
    report(f"{mnist.source}, first 10,000" if options.validate else mnist.source, model, mnist)


if __name__ == "__main__":
    main()
