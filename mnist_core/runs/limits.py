"""What one visitor may ask of a server that trains for many."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mnist_core.data.split import RAW_FILES
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import parameter_count
from mnist_core.runs.snapshots import MAX_SNAPSHOTS
from mnist_core.training.learner import steps_per_epoch
from mnist_core.training.metrics import METRIC_COLUMNS
from mnist_core.training.subset import subset_size

TRAIN_IMAGES = RAW_FILES["train"][0].shape[0]
MB = 1_000_000
# At most this many copies of the weights are in a run's folder besides the snapshots: the model, and in the checkpoint
# the weights, their average and the optimiser's two moments.
COPIES = 5
BYTES_PER_WEIGHT = 4  # float32
BYTES_PER_STEP = 16 * len(METRIC_COLUMNS)  # of metrics.csv
BYTES_PER_EVALUATION = 500  # of confusion.csv


class RunLimitError(ValueError):
    """A run may not start, because it or its owner asks for more than the limits allow."""


@dataclass(frozen=True)
class Limits:
    """The limits of a server; the defaults suit a class.

    Attributes:
        training: runs of one owner that may train at a time.
        waiting: further runs of one owner that may wait or be paused.
        alive: runs of all owners that may train, wait or be paused; each of them takes a thread.
        steps: of one run.
        hours: of training of one run, without pauses; it is then stopped and keeps its model.
        owner_mb: that one owner's runs may take on disk, in MB.
        total_mb: that all runs may take on disk, in MB.
        free_mb: that must remain free on the disk, in MB.
        abandoned_hours: after which a run that nobody looks at is interrupted.
    """

    training: int = 1
    waiting: int = 3
    alive: int = 150
    steps: int = 100_000
    hours: float = 2.0
    owner_mb: int = 1_000
    total_mb: int = 20_000
    free_mb: int = 500
    abandoned_hours: float = 1.0

    def check_alive(self, owned: int, total: int, more: int = 1) -> None:
        """Check the numbers of runs that train, wait or are paused, an owner's and all, before one more or a race.

        Raises:
            RunLimitError: there are as many as allowed.
        """
        allowed = self.training + self.waiting
        if owned + more > allowed:
            race = "" if more == 1 else f"A race has {more} runs. "
            raise RunLimitError(
                f"{race}At most {allowed} of your runs can train, wait or be paused, and you have {owned}: "
                "wait until one ends, or stop one"
            )
        if total + more > self.alive:
            raise RunLimitError(f"The server has {total} runs to train, as many as it takes: try again later")

    def check_steps(self, config: TrainConfig, images: int) -> None:
        """Check the length of a run on a number of training images.

        Raises:
            RunLimitError: the run is too long.
        """
        steps = count_steps(config, images)
        if steps > self.steps:
            raise RunLimitError(
                f"A run can have at most {self.steps:,} steps, and this one would have {steps:,}: "
                "choose fewer epochs or a larger batch"
            )

    def check_disk(self, needed: int, owned: int, total: int, free: int) -> None:
        """Check the disk space for one more run, all in bytes.

        Args:
            needed: what the run takes at most.
            owned: what its owner's runs take.
            total: what all runs take.
            free: what is free on the disk.

        Raises:
            RunLimitError: there is not enough.
        """
        if owned + needed > self.owner_mb * MB:
            raise RunLimitError(
                f"Your runs can take at most {self.owner_mb:,} MB. They take {owned / MB:,.0f} MB, and this one may "
                f"need {needed / MB:,.0f} MB: delete runs that you no longer need, or choose a smaller model"
            )
        if total + needed > self.total_mb * MB or free - needed < self.free_mb * MB:
            raise RunLimitError(
                f"The server has no disk space left for a run of up to {needed / MB:,.0f} MB: "
                "delete runs that you no longer need, or ask whoever keeps the server"
            )


def count_steps(config: TrainConfig, images: int) -> int:
    """Return the number of steps of a run on a number of training images."""
    used = subset_size(2 * images if config.reink else images, config)
    return steps_per_epoch(used, config) * config.epochs


def largest_size(config: TrainConfig, images: int) -> int:
    """Return an upper bound for the size of a run's folder, in bytes."""
    evaluations = config.evaluations * config.epochs
    weights = parameter_count(config.build_model()) * BYTES_PER_WEIGHT
    copies = min(evaluations, MAX_SNAPSHOTS) + COPIES
    return copies * weights + count_steps(config, images) * BYTES_PER_STEP + evaluations * BYTES_PER_EVALUATION


def folder_size(folder: Path) -> int:
    """Return the size of all files in a folder, in bytes; those that vanish meanwhile are skipped."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.lstat().st_size
        except OSError:
            continue
    return size


def free_space(folder: Path) -> int:
    """Return the number of free bytes on the disk of a folder."""
    return shutil.disk_usage(folder).free
