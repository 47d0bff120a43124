"""Training as a generator: whoever iterates owns the loop, and pausing is not asking for the next report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.config import STANDARD as STANDARD
from mnist_core.models.config import TrainConfig as TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.training.augmentation import augment
from mnist_core.training.device import resolve_precision
from mnist_core.training.distributed import ALONE, Workers
from mnist_core.training.handwriting_styles import UNSTYLED
from mnist_core.training.learner import Learner, TrainingState
from mnist_core.training.report import StepReport
from mnist_core.training.subset import training_subset


def fit(
    model: nn.Module,
    train: Split,
    test: Split,
    config: TrainConfig,
    *,
    device: torch.device | str = "cpu",
    learner: Learner | None = None,
    workers: Workers = ALONE,
    on_batch: Callable[[], None] = lambda: None,
) -> Iterator[StepReport]:
    """Train a model in place and report every step.

    The training images stay in memory as bytes and every mini-batch is cut from them with one index: there is no
    DataLoader. By default the learning rate follows one cycle (Smith and Topin, arXiv:1708.07120) under AdamW
    (arXiv:1711.05101). When the last report has been taken, the model holds the trained, or averaged, weights.

    Args:
        model: takes (N, 1, 28, 28) float32 normalised digits, gives logits (N, 10).
        train, test: the digits to learn from, and those to report on.
        config: what to do.
        device: where to compute.
        learner: where to go on from, of this very model; made by `make_learner`.
        workers: the processes that train together; each gets the same arguments and its own share of the work.
        between: called before every mini-batch of an evaluation; it may wait, and ends the training when it raises.

    Raises:
        ValueError: the workers cannot share a mini-batch of that size.
    """
    train = training_subset(train, config)
    learner = learner or Learner(model, config, len(train), device, workers)
    evaluated_at = _evaluation_steps(learner.steps_per_epoch, config)
    is_short = resolve_precision(config, device).precision == "bfloat16"
    # NOTE: bfloat16 in the layers alone: the weights, the loss and the optimiser stay float32.
    arithmetic = torch.autocast(torch.device(device).type, torch.bfloat16, enabled=is_short)
    while learner.step < learner.steps:
        started = time.perf_counter()
        # Cut a mini-batch from a fresh order every epoch.
        chosen = learner.next_batch()
        batch, labels = train.images[chosen], train.labels[chosen]
        # Other hands' habits belong to the canvas, where there are digits of both kinds: MNIST's own stay as they are.
        written = labels if train.redrawn is None else labels.where(train.redrawn[chosen], UNSTYLED)
        # Vary the images, as if other hands had written them.
        inputs = (
            augment(batch, config.augment, learner.augmentation_generator, written)
            if config.augment
            else normalise(batch)
        )
        # Predict, compare, and walk downhill.
        with arithmetic:
            logits, targets = learner.network(inputs.to(device)).float(), labels.to(device)
        loss = functional.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
        learning_rate = learner.update(loss)
        step, epoch = learner.step, learner.step / learner.steps_per_epoch
        seen, mean_loss = step * len(batch) * learner.workers.count, learner.workers.mean(loss)
        report = StepReport(step, learner.steps, epoch, 0.0, mean_loss, learning_rate, seen)
        # Look at the test split now and then; training never sees it.
        waited = _Stopwatch(on_batch)
        if (step - 1) % learner.steps_per_epoch + 1 in evaluated_at and learner.workers.is_first:
            learner.evaluation = found = evaluate(learner.eval_model, test, device=device, on_batch=waited)
            model.train()
            report = replace(report, test_accuracy=found.accuracy, test_loss=found.loss, confusion=found.confusion)
        learner.seconds += time.perf_counter() - started - waited.seconds
        yield replace(report, seconds=learner.seconds)
    model.eval()


def make_learner(
    model: nn.Module,
    train: Split,
    config: TrainConfig,
    *,
    state: TrainingState | None = None,
    device: torch.device | str = "cpu",
    workers: Workers = ALONE,
) -> Learner:
    """Return what `fit` trains with, for callers that want to keep its state or to resume from one.

    Raises:
        ValueError: the state is that of another run, or the workers cannot share a mini-batch of that size.
    """
    learner = Learner(model, config, len(training_subset(train, config)), device, workers)
    if state is not None:
        learner.restore(state)
    return learner


class _Stopwatch:
    """Calls something, and sums up the seconds that it took."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call, self.seconds = call, 0.0

    def __call__(self) -> None:
        started = time.perf_counter()
        self.call()
        self.seconds += time.perf_counter() - started


def _evaluation_steps(steps_per_epoch: int, config: TrainConfig) -> set[int]:
    return {round(steps_per_epoch * part / config.evaluations) for part in range(1, config.evaluations + 1)}
