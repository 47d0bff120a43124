"""How long a run will take on this machine: from a short measurement at first, then from the runs themselves."""

import itertools
import math
import statistics
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.models.architecture import summarise_layers
from mnist_core.models.config import STANDARD, TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.runs.history import History
from mnist_core.runs.limits import count_steps
from mnist_core.training.augmentation import augment
from mnist_core.training.device import resolve_precision
from mnist_core.training.loop import fit

SMALL_BATCH, LARGE_BATCH = 32, 256  # images per step of the two measurements that tell a step's cost from an image's
MAX_STEPS = 25  # of each kind
MAX_SECONDS = 0.06  # s for the steps of each kind, but at least four after the first, which warms up
MAX_TOTAL_SECONDS = 0.6  # s, after which the rest is measured with one thread alone
EVALUATED_IMAGES = 512
# A wider network needs less time per multiply-add, because small layers do not fill a processor's vectors. From
# measurements of the cnn at widths 4 to 64 and of the mlp at 16 and 64.
SIZE_EXPONENT = 0.7
SECONDS_PER_RECORD = 0.03  # s, to calibrate and to save a model after an evaluation
MIN_STEPS = 20  # that a run must have taken before its pace counts; the first ones are slow
REMEMBERED_RUNS = 30
AVERAGED_RUNS = 3  # the newest runs of a kind decide


@dataclass(frozen=True)
class Pace:
    """How fast a machine trains the default network of each model; all times in s.

    Attributes:
        per_step: of one step, whatever its size, by model.
        per_image: of training with one image, by model.
        per_evaluated_image: of evaluating one image, by model.
        augmentation: of augmenting one image.
    """

    per_step: dict[str, float]
    per_image: dict[str, float]
    per_evaluated_image: dict[str, float]
    augmentation: float

    def seconds(self, config: TrainConfig, steps: int, evaluations: int, test_images: int) -> float:
        """Return how long a number of steps and evaluations take, in s of training time."""
        size = _relative_size(config)
        per_image = self.per_image[config.model] * size + self.augmentation * bool(config.augment)
        per_step = self.per_step[config.model] + config.batch_size * per_image
        per_evaluation = test_images * config.looks * size * self.per_evaluated_image[config.model]
        return steps * per_step + evaluations * per_evaluation


def measure_pace(
    threads: int, device: torch.device | str = "cpu", clock: Callable[[], float] = time.perf_counter
) -> Pace:
    """Train each model for a few steps on random images, and return this machine's pace.

    It takes about half a second on two idle cores. Of each kind of work the shortest time counts, because the machine
    may be busy with something else. Afterwards the calling thread has one torch thread.

    Args:
        threads: torch's threads of a run.
        device: where runs train.
        clock: returns the time, in s.
    """
    images = _random_split(LARGE_BATCH * (MAX_STEPS + 1))  # one more, because an evaluation follows the last step
    shortest = _Shortest(threads, clock)
    per_step, per_image, per_evaluated_image = {}, {}, {}
    for model, config in STANDARD.items():
        config = resolve_precision(replace(config, epochs=1, evaluations=1), device)
        small, large = (
            shortest(_steps(replace(config, batch_size=size), images, device)) for size in (SMALL_BATCH, LARGE_BATCH)
        )
        per_image[model] = max(0.0, large - small) / (LARGE_BATCH - SMALL_BATCH)
        per_step[model] = max(0.0, small - SMALL_BATCH * per_image[model])
        per_evaluated_image[model] = shortest(_evaluations(config, images, device)) / EVALUATED_IMAGES
    return Pace(per_step, per_image, per_evaluated_image, shortest(_augmentations(images)) / LARGE_BATCH)


class PaceKeeper:
    """Says how long a run will take, and learns from the runs that it is shown. Threads may share one.

    A run's pace beside the measured one gives a factor. It holds for runs with the same network and mini-batches, or
    else of the same model.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pace: Pace | None = None
        self._factors: OrderedDict[str, tuple[TrainConfig, float]] = OrderedDict()  # by the run's name, the newest last

    @property
    def is_ready(self) -> bool:
        """True once the machine's pace has been measured."""
        return self._pace is not None

    def set_pace(self, pace: Pace) -> None:
        """Give the machine's pace, as measured."""
        self._pace = pace

    def learn(self, name: str, config: TrainConfig, history: History, test_images: int) -> None:
        """Take the pace of a run, finished or under way, into account.

        Args:
            name: of the run, which counts once.
            config: of the run, with the precision that it used.
            history: of the run.
            test_images: how many images each evaluation reads.
        """
        if self._pace is None or len(history) < MIN_STEPS:
            return
        expected = self._pace.seconds(config, len(history), history.evaluation_count, test_images)
        if not 0 < history.last.seconds < math.inf or expected <= 0:
            return
        with self._lock:
            self._factors.pop(name, None)
            self._factors[name] = config, history.last.seconds / expected
            while len(self._factors) > REMEMBERED_RUNS:
                self._factors.popitem(last=False)

    def expected_seconds(self, config: TrainConfig, images: int, test_images: int) -> float | None:
        """Return how long a run will take from its first step to its end, in s; None before the pace is known.

        Args:
            config: of the run, with the precision that it will use.
            images: the number of training images.
            test_images: how many images each evaluation reads.
        """
        if self._pace is None:
            return None
        evaluations = config.epochs * min(config.evaluations, count_steps(replace(config, epochs=1), images))
        seconds = self._pace.seconds(config, count_steps(config, images), evaluations, test_images)
        return self._factor(config) * seconds + evaluations * SECONDS_PER_RECORD

    def _factor(self, config: TrainConfig) -> float:
        with self._lock:
            known = list(reversed(self._factors.values()))
        alike = [factor for other, factor in known if _kind(other) == _kind(config)]
        of_model = [factor for other, factor in known if other.model == config.model]
        newest = (alike or of_model)[:AVERAGED_RUNS]
        return statistics.median(newest) if newest else 1.0


def duration_in_words(seconds: float) -> str:
    """Return a duration the way people say it: "about 10 s", "about 2 min", "about 1.5 h"."""
    if seconds < 9.5:
        return f"about {max(1, round(seconds))} s"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 10:
        return f"about {minutes} min"
    if seconds < 57.5 * 60:
        return f"about {5 * round(seconds / 300)} min"
    return f"about {round(seconds / 1800) / 2:,g} h"


def _kind(config: TrainConfig) -> tuple[object, ...]:
    """Return what two runs have in common if one's pace is the other's."""
    return (
        summarise_layers(config),
        config.batch_size,
        bool(config.augment),
        config.precision,
        config.optimiser,
        config.looks,
    )


def _relative_size(config: TrainConfig) -> float:
    """Return the time for a configuration's network beside that for its model's default one."""
    own, usual = (
        sum(layer.multiply_adds for layer in summarise_layers(each)) for each in (config, TrainConfig(config.model))
    )
    return float((own / usual) ** SIZE_EXPONENT)


class _Shortest:
    """Measures the shortest time, in s, in which some work yields again; the first time does not count.

    Each kind of work is measured with one torch thread, and with those of a run as long as there is time: several
    threads wait for each other much longer than they work while others use the cores.
    """

    def __init__(self, threads: int, clock: Callable[[], float]) -> None:
        self.threads, self.clock = threads, clock
        self.deadline = clock() + MAX_TOTAL_SECONDS

    def __call__(self, work: Iterator[object]) -> float:
        torch.set_num_threads(1)
        next(work)
        shortest = self._shortest(work)
        if self.threads > 1 and self.clock() < self.deadline:
            torch.set_num_threads(self.threads)
            shortest = min(shortest, self._shortest(work))
            torch.set_num_threads(1)
        return shortest

    def _shortest(self, work: Iterator[object]) -> float:
        shortest, started = math.inf, self.clock()
        end = started
        for place, _ in enumerate(itertools.islice(work, MAX_STEPS // 2)):
            began, end = end, self.clock()
            shortest = min(shortest, end - began)
            if place and end - started > MAX_SECONDS / 2:
                break
        return shortest


def _steps(config: TrainConfig, images: Split, device: torch.device | str) -> Iterator[object]:
    train = images.at(torch.arange((MAX_STEPS + 1) * config.batch_size))
    return fit(config.build_model(), train, images.at(torch.arange(1)), config, device=device)


def _evaluations(config: TrainConfig, images: Split, device: torch.device | str) -> Iterator[object]:
    model, test = config.build_model().to(device), images.at(torch.arange(EVALUATED_IMAGES))
    while True:
        yield evaluate(model, test, device=device)


def _augmentations(images: Split) -> Iterator[object]:
    generator = torch.Generator().manual_seed(0)
    while True:
        yield augment(images.images[:LARGE_BATCH], 1.0, generator, images.labels[:LARGE_BATCH])


def _random_split(images: int) -> Split:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (images, 28, 28), generator=generator, dtype=torch.uint8)
    return Split(pixels, torch.arange(images) % CLASSES, "train", source="random images")
