"""How fast the stand-in digits are written, and how well a network that learned from them alone reads MNIST.

    python -m tests.benchmarks.standin [--seed 0] [--epochs 8] [--augment 1] [--validate]

It writes 12,000 and 2,000 digits, trains a cnn on the 12,000, and reads MNIST's test set with it, which needs MNIST
(MNIST_ROOT). `--validate` reads the first 10,000 training images instead: that is what to look at while the ways of
writing are being changed. One thread; on a busy machine the time of the processor is the one to compare.
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
    predicted = predict_logits(model, split.images).argmax(dim=1)
    counts = confusion_matrix(predicted, split.labels)
    recall = counts.diagonal() / counts.sum(dim=1)
    print(f"{name}: {float(counts.diagonal().sum() / counts.sum()):.2%}")
    print("by digit: " + ", ".join(f"{digit} {float(part):.1%}" for digit, part in enumerate(recall)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--epochs", type=int, default=8)
    arguments.add_argument("--augment", type=float, default=1.0)
    arguments.add_argument("--validate", action="store_true", help="read training images, not the test set")
    options = arguments.parse_args()
    torch.set_num_threads(1)
    mnist = load_split("train").first(10_000) if options.validate else load_split("test")
    started, worked = time.perf_counter(), time.process_time()
    train, test = standin_splits(options.seed)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    print(
        f"{len(train) + len(test):,} stand-in digits, seed {options.seed}: {seconds:.2f} s, {busy:.2f} s of processor"
    )
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
