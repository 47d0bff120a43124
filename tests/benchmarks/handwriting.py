"""Measure what fine-tuning on a person's drawings gains on other drawings by the same person, and what MNIST loses.

    python -m tests.benchmarks.handwriting FILE [--model cnn] [--box 280] [--writers 20] [--evaluated 4]

The file has one line per digit, as `tests.benchmarks.ink` describes. Of each writer with at least 40 digits, 10 and
then 30 are learned, of each digit as many as of the others, where the writer has them. The accuracy is that on all
other digits of the writer, the same ones for 10 and 30, before and after; "better" and "worse" count the writers.
"MNIST" is the accuracy on the whole test set before, and after as the mean and the least over a few writers. Times are
for the whole of what the app does when 10 or 30 drawings are taught, with the judgement of each drawing, in s of one
processor core and, in brackets, in s by the clock. Needs MNIST.
"""

import statistics
import time
from dataclasses import dataclass

import torch
from torch import nn

from mnist_core.data.split import Split, load_split
from mnist_core.ink.preprocessing import preprocess
from mnist_core.models.evaluation import evaluate
from mnist_core.models.storage import load_trained, model_folder
from mnist_core.progress import result_of
from mnist_core.training.fine_tuning import Drawings, fine_tune
from mnist_core.training.teaching import teach
from tests.benchmarks.strangers import StrangersDigit, strangers_digits, strangers_parser

LEARNED = (10, 30)  # drawings
MIN_DIGITS = 40  # per writer


@dataclass(frozen=True)
class Writer:
    """A writer's drawings in the order in which they are learned; those after the first 30 are held aside."""

    name: str
    drawings: Drawings

    @property
    def held_aside(self) -> Drawings:
        """The drawings that no model learns."""
        return self.drawings.at(torch.arange(max(LEARNED), len(self.drawings)))

    def first(self, count: int) -> Drawings:
        """Return the drawings that are learned first."""
        return self.drawings.at(torch.arange(count))


def writers_of(digits: list[StrangersDigit], most: int) -> list[Writer]:
    """Return writers with enough digits, `most` of them at most, evenly chosen among all."""
    by_writer: dict[str, list[tuple[torch.Tensor, int]]] = {}
    for digit in digits:
        if (stages := preprocess(digit.strokes)) is not None:
            by_writer.setdefault(digit.writer, []).append((stages.tensor, digit.label))
    writers = []
    for name, pairs in by_writer.items():
        if len(pairs) >= MIN_DIGITS:
            tensors, labels = torch.stack([tensor for tensor, _ in pairs]), torch.tensor([label for _, label in pairs])
            order = balanced_order(labels)[:500]
            writers.append(Writer(name, Drawings(tensors[order], labels[order])))
    return writers[:: -(-len(writers) // most)] if writers else []


def balanced_order(labels: torch.Tensor) -> torch.Tensor:
    """Return all indices at random, but so that the first ten hold each digit once where there is one, and so on."""
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    rounds = torch.zeros(len(labels), dtype=torch.int64)
    for label in labels.unique():
        places = (labels[shuffled] == label).nonzero()[:, 0]
        rounds[places] = torch.arange(len(places))
    return shuffled[rounds.argsort(stable=True)]


@torch.no_grad()
def correct(model: nn.Module, drawings: Drawings) -> int:
    """Return how many drawings a model reads correctly."""
    return int((model(drawings.tensors).argmax(dim=1) == drawings.labels).sum())


def measure(model: nn.Sequential, writers: list[Writer], count: int, train: Split, test: Split, evaluated: int) -> None:
    """Print a line for a number of drawings that are learned."""
    before, after, kept = [], [], []
    for number, writer in enumerate(writers):
        tuned = result_of(fine_tune(model, writer.first(count), train)).model
        before.append(correct(model, writer.held_aside))
        after.append(correct(tuned, writer.held_aside))
        if number < evaluated:
            kept.append(evaluate(tuned, test).accuracy)
    held_aside = sum(len(writer.held_aside) for writer in writers)
    known = evaluate(model, test).accuracy
    started, clock = time.process_time(), time.perf_counter()
    taught = result_of(teach(model, writers[0].first(count), train, test, test_before=known))
    seconds, clock_seconds = time.process_time() - started, time.perf_counter() - clock
    changes = [now - then for then, now in zip(before, after, strict=True)]
    print(
        f"{count:>3} drawings: own {sum(before) / held_aside:.2%} -> {sum(after) / held_aside:.2%}, "
        f"better {sum(each > 0 for each in changes)}, worse {sum(each < 0 for each in changes)}; "
        f"MNIST {known:.2%} -> {statistics.mean(kept):.2%}, least {min(kept):.2%}; "
        f"{seconds:.1f} s ({clock_seconds:.1f} s), {taught.folds} folds",
        flush=True,
    )


def main() -> None:
    """Measure one model on the writers of one file."""
    parser = strangers_parser(__doc__)
    parser.prog = "python -m tests.benchmarks.handwriting"
    parser.set_defaults(box=280)
    parser.add_argument("--writers", type=int, default=20, help="how many writers at most")
    parser.add_argument("--evaluated", type=int, default=4, help="for how many of them MNIST is measured")
    options = parser.parse_args()
    torch.set_num_threads(1)  # as the app does
    model = load_trained(model_folder(options.model)).model
    train, test = load_split("train"), load_split("test")
    writers = writers_of(strangers_digits(options.file, options.box), options.writers)
    held_aside = sum(len(writer.held_aside) for writer in writers)
    print(f"{options.model}, {len(writers)} writers, {held_aside:,} drawings held aside")
    for count in LEARNED:
        measure(model, writers, count, train, test, options.evaluated)


if __name__ == "__main__":
    main()
