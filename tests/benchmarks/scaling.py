"""How data-parallel training scales on this machine: processes under torchrun beside threads of one process.

    python -m tests.benchmarks.scaling [--rounds 3] [--batch 256] [--share 1]

Each way trains the quick preset's cnn on the same mini-batches. Prints the medians of the seconds inside the training,
which the first process writes down (its evaluation at the end included), and the test accuracy.
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
LAUNCHES = {  # processes and threads of each
    "1 process, 1 thread": (1, 1),
    "2 processes, 1 thread each": (2, 1),
    "1 process, 2 threads": (1, 2),
}


def train(processes: int, threads: int, words: list[str]) -> tuple[float, float]:
    """Train under PyTorch's launcher; returns the seconds inside the training and the test accuracy."""
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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=256, help="images of a mini-batch, over all processes")
    parser.add_argument("--share", type=float, default=1.0, help="of the training images")
    chosen = parser.parse_args()
    words = ["--model", "cnn", "--preset", "quick"]
    words += ["--batch-size", str(chosen.batch), "--share", str(chosen.share)]
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in LAUNCHES}
    for _ in range(chosen.rounds):
        for way, (processes, threads) in LAUNCHES.items():
            found[way].append(train(processes, threads, words))
    first = statistics.median(seconds for seconds, _ in next(iter(found.values())))
    print(f"{os.cpu_count()} cores, mini-batches of {chosen.batch}, median of {chosen.rounds}\n")
    print("| | seconds | speed-up | test accuracy |\n|---|---|---|---|")
    for way, results in found.items():
        seconds = statistics.median(each for each, _ in results)
        accuracy = statistics.median(each for _, each in results)
        print(f"| {way} | {seconds:.1f} | {first / seconds:.2f} | {accuracy:.2%} |")


if __name__ == "__main__":
    main()
