"""Training as a generator: the caller owns the loop, and pauses by not asking for the next report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise
from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import evaluate
from mnist_core.training.augmentation import augment
from mnist_core.training.device import resolve_precision
from mnist_core.training.distributed import SINGLE_PROCESS, Workers
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
    workers: Workers = SINGLE_PROCESS,
    on_batch: Callable[[], None] = lambda: None,
) -> Iterator[StepReport]:
    """Train a model in place and yield a report per step.

    The training images stay in memory as bytes, and each mini-batch is one indexing operation: there is no DataLoader.
    By default the learning rate follows one cycle (Smith and Topin, arXiv:1708.07120) with AdamW (Loshchilov and
    Hutter, arXiv:1711.05101). Once the generator is exhausted, the model is in evaluation mode and holds the trained,
    or averaged, weights.

    Args:
        model: maps (N, 1, 28, 28) float32 normalised to logits (N, 10).
        train, test: the digits to train on and to evaluate on.
        config: the settings of the run.
        device: where to compute.
        learner: the state to continue from, made by `make_learner` for this model; by default a new one.
        workers: the processes that train together, when there is no learner; each calls this with the same arguments.
        on_batch: called before every mini-batch of an evaluation. It may wait, which does not count as training time;
            an exception from it ends the training.

    Raises:
        ValueError: the mini-batch size is not a multiple of the number of workers.
    """
    train = training_subset(train, config)
    learner = learner or Learner(model, config, len(train), device, workers)
    evaluated_at = _evaluation_steps(learner.steps_per_epoch, config)
    use_bfloat16 = resolve_precision(config, device).precision == "bfloat16"
    # NOTE: only the layers compute in bfloat16; the weights, the loss and the optimiser stay in float32.
    autocast = torch.autocast(torch.device(device).type, torch.bfloat16, enabled=use_bfloat16)
    while learner.step < learner.steps:
        started = time.perf_counter()
        # Take the next mini-batch; the images have a new random order every epoch.
        chosen = learner.next_batch()
        batch, labels = train.images[chosen], train.labels[chosen]
        # In a split with re-inked digits, rewrite only those in other styles.
        style_labels = labels if train.redrawn is None else labels.where(train.redrawn[chosen], UNSTYLED)
        # Vary the images as different people's handwriting would.
        inputs = (
            augment(batch, config.augment, learner.augmentation_generator, style_labels)
            if config.augment
            else normalise(batch)
        )
        # Predict, compute the loss and take a step.
        with autocast:
            logits, targets = learner.network(inputs.to(device)).float(), labels.to(device)
        loss = functional.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
        learning_rate = learner.update(loss)
        step, epoch = learner.step, learner.step / learner.steps_per_epoch
        seen, mean_loss = step * len(batch) * learner.workers.count, learner.workers.mean(loss)
        report = StepReport(step, learner.steps, epoch, 0.0, mean_loss, learning_rate, seen)
        # Evaluate on the test split at the configured steps; training never uses it.
        timed_on_batch = _Timed(on_batch)
        if (step - 1) % learner.steps_per_epoch + 1 in evaluated_at and learner.workers.is_first:
            learner.evaluation = result = evaluate(learner.eval_model, test, device=device, on_batch=timed_on_batch)
            model.train()
            report = replace(report, test_accuracy=result.accuracy, test_loss=result.loss, confusion=result.confusion)
        learner.seconds += time.perf_counter() - started - timed_on_batch.seconds
        yield replace(report, seconds=learner.seconds)
    model.eval()


def make_learner(
    model: nn.Module,
    train: Split,
    config: TrainConfig,
    *,
    state: TrainingState | None = None,
    device: torch.device | str = "cpu",
    workers: Workers = SINGLE_PROCESS,
) -> Learner:
    """Return a learner for `fit`, for callers that save its state or resume from one.

    Raises:
        ValueError: the state belongs to another run, or the mini-batch size is not a multiple of the number of workers.
    """
    learner = Learner(model, config, len(training_subset(train, config)), device, workers)
    if state is not None:
        learner.restore(state)
    return learner


class _Timed:
    """Wraps a function and adds up the time that its calls take, in s."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call, self.seconds = call, 0.0

    def __call__(self) -> None:
        started = time.perf_counter()
        self.call()
        self.seconds += time.perf_counter() - started


def _evaluation_steps(steps_per_epoch: int, config: TrainConfig) -> set[int]:
    return {round(steps_per_epoch * part / config.evaluations) for part in range(1, config.evaluations + 1)}
