"""Compare data-parallel training on this machine: several processes under torchrun, and threads of one process.

    python -m tests.benchmarks.scaling [--rounds 3] [--batch 256] [--share 1]

Each trains the quick preset's cnn on the same mini-batches. Prints the median of the training's seconds as the first
process records them, including the evaluation at the end, and the median test accuracy. Needs MNIST.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from mnist_core.models.storage import CARD, read_json

ROOT = Path(__file__).parents[2]
LAUNCHES = {  # processes, and threads per process
    "1 process, 1 thread": (1, 1),
    "2 processes, 1 thread each": (2, 1),
    "1 process, 2 threads": (1, 2),
}


def train(processes: int, threads: int, words: list[str]) -> tuple[float, float]:
    """Train under PyTorch's launcher; returns the training's seconds and the test accuracy."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*launcher, "-m", "mnist_core", "train", *words, "--device", "cpu", "--out", f"{folder}/run"],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
        card = read_json(Path(folder) / "run" / CARD)
        return float(card["seconds"]), float(card["test_accuracy"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed")
    parser.add_argument("--batch", type=int, default=256, help="images per mini-batch, over all processes")
    parser.add_argument("--share", type=float, default=1.0, help="fraction of the training images, 0 to 1")
    options = parser.parse_args()
    words = ["--model", "cnn", "--preset", "quick"]
    words += ["--batch-size", str(options.batch), "--share", str(options.share)]
    results: dict[str, list[tuple[float, float]]] = {launch: [] for launch in LAUNCHES}
    for _ in range(options.rounds):
        for launch, (processes, threads) in LAUNCHES.items():
            results[launch].append(train(processes, threads, words))
    baseline = statistics.median(seconds for seconds, _ in next(iter(results.values())))
    print(f"{os.cpu_count()} cores, mini-batches of {options.batch}, median of {options.rounds}\n")
    print("| | seconds | speed-up | test accuracy |\n|---|---|---|---|")
    for launch, runs in results.items():
        seconds = statistics.median(seconds for seconds, _ in runs)
        accuracy = statistics.median(accuracy for _, accuracy in runs)
        print(f"| {launch} | {seconds:.1f} | {baseline / seconds:.2f} | {accuracy:.2%} |")


if __name__ == "__main__":
    main()
