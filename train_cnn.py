"""Train the cnn on MNIST's digits, as they are and re-inked, and save it: `python train_cnn.py out/cnn.safetensors`."""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from mnist_core.data import load_split
from mnist_core.models import build_model
from mnist_core.reinking import with_reinked
from mnist_core.training import STANDARD, fit

THREADS = 2


def main(weights: Path) -> None:
    """Train with seed 0, say how each epoch went, and save (keys as in `model.state_dict()`)."""
    torch.set_num_threads(THREADS)
    config = replace(STANDARD["cnn"], seed=0)
    torch.manual_seed(config.seed)
    model = build_model(config.model)
    print(config, flush=True)
    train = with_reinked(load_split("train"), lambda done: print(f"re-inked {done:,}", flush=True))
    for report in fit(model, train, load_split("test"), config):
        if report.test_accuracy is not None:
            print(
                f"epoch {report.epoch:.0f} of {config.epochs}, {report.seconds:.0f} s: loss {report.loss:.4f}, "
                f"test accuracy {report.test_accuracy:.2%}, test loss {report.test_loss:.4f}",
                flush=True,
            )
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, weights)
    print(f"saved {weights}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
