"""Training as a generator: whoever iterates owns the loop, and pausing is not asking for the next report."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .augmentation import augment
from .data import Split
from .evaluation import accuracy_and_loss
from .ink import normalise
from .models import MODELS
from .parallel import ALONE, Workers

AVERAGE_EVERY = 8  # steps between two updates of the averaged weights


def _check_kind(name: str, value: object, kind: type) -> None:
    fits = isinstance(value, int | float if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    if not fits:
        raise ValueError(f"{name} must be {_KINDS[kind]}, got {value!r:.40}")


_KINDS = {str: "a name", int: "a whole number", float: "a number", bool: "true or false"}


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low:,} to {high:,}, got {value:,}"[:120])


@dataclass(frozen=True)
class TrainConfig:
    """Everything that makes a run repeatable, given the same digits."""

    model: str = "cnn"
    epochs: int = 1
    batch_size: int = 256  # images
    learning_rate: float = 0.01  # the peak of the one-cycle schedule
    seed: int = 0
    weight_decay: float = 0.01  # decoupled, as in AdamW
    label_smoothing: float = 0.0  # fraction of the label that is spread over all classes
    augment: float = 0.0  # strength of made-up variation in the training images: 0 none, 1 that of different hands
    reink: bool = False  # learn from every digit a second time, drawn again as the canvas would give it
    average: bool = False  # evaluate and keep an exponential average of the weights
    evaluations: int = 1  # per epoch, evenly spread; the last one is at its end

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_kind(field.name, getattr(self, field.name), type(field.default))
        if self.model not in MODELS:
            raise ValueError(f"model must be one of {', '.join(MODELS)}, got {self.model!r}")
        _check_range("epochs", self.epochs, 1, 1000)
        _check_range("batch_size", self.batch_size, 8, 8192)
        _check_range("learning_rate", self.learning_rate, 1e-6, 10)
        _check_range("seed", self.seed, 0, 2**31 - 1)
        _check_range("weight_decay", self.weight_decay, 0, 1)
        _check_range("label_smoothing", self.label_smoothing, 0, 0.5)
        _check_range("augment", self.augment, 0, 2)
        _check_range("evaluations", self.evaluations, 1, 100)


# What suits each model when one wants to watch it; chosen on 5,000 training images that were held out.
STANDARD = {
    "linear": TrainConfig("linear", epochs=3, learning_rate=0.003),
    "mlp": TrainConfig("mlp", epochs=5, learning_rate=0.003),
    "cnn": TrainConfig("cnn", epochs=3, learning_rate=0.01),
}


@dataclass(frozen=True)
class StepReport:
    """What one training step did.

    Attributes:
        step, steps: steps taken so far, and in the whole run.
        epoch: epochs completed, a fraction within one.
        seconds: time spent inside the training so far, without pauses.
        loss: cross-entropy of this step's mini-batch, in nats.
        learning_rate: used for this step.
        images: training images seen so far.
        test_loss, test_accuracy: over the whole test split where this step was evaluated, else None.
    """

    step: int
    steps: int
    epoch: float
    seconds: float
    loss: float
    learning_rate: float
    images: int
    test_loss: float | None = None
    test_accuracy: float | None = None

    @property
    def seconds_left(self) -> float:
        """Return how long the rest of the run takes at the pace so far, in s."""
        return self.seconds / self.step * (self.steps - self.step)

    @property
    def images_per_second(self) -> float:
        """Return the pace so far, evaluations included."""
        return self.images / self.seconds


def fit(
    model: nn.Module,
    train: Split,
    test: Split,
    config: TrainConfig,
    *,
    device: torch.device | str = "cpu",
    workers: Workers = ALONE,
) -> Iterator[StepReport]:
    """Train a model in place and report every step.

    The training images stay in memory as bytes and every mini-batch is cut from them with one index: there is no
    DataLoader. The learning rate follows one cycle (Smith and Topin, arXiv:1708.07120) under AdamW
    (arXiv:1711.05101). When the last report has been taken, the model holds the trained, or averaged, weights.

    Args:
        model: takes (N, 1, 28, 28) float32 normalised digits, gives logits (N, 10).
        train, test: the digits to learn from, and those to report on.
        config: what to do.
        device: where to compute.
        workers: the processes that train together; each gets the same arguments and its own share of the work.

    Raises:
        ValueError: the workers cannot share a mini-batch of that size.
    """
    workers.check(config.batch_size)
    workers.prepare(model)
    generator = torch.Generator().manual_seed(config.seed)
    # Workers share one order of the images, but vary each their own.
    hands = generator if workers.count == 1 else torch.Generator().manual_seed(config.seed + 1 + workers.rank)
    model.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # NOTE: twice as fast on a CPU as the default layout
    images, labels = train.images, train.labels
    steps_per_epoch = max(1, len(train) // config.batch_size)
    steps = steps_per_epoch * config.epochs
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=config.learning_rate, total_steps=max(steps, 2), pct_start=0.25
    )
    averaged = _averaged(model, steps) if config.average else None
    evaluated_at = _evaluation_steps(steps_per_epoch, config)
    seconds = 0.0
    for step in range(1, steps + 1):
        started = time.perf_counter()
        # Cut a mini-batch from a fresh order every epoch; the images that do not fill one wait for another epoch.
        within = (step - 1) % steps_per_epoch
        if within == 0:
            order = torch.randperm(len(train), generator=generator)
        chosen = workers.share(order[within * config.batch_size : (within + 1) * config.batch_size])
        batch, targets = images[chosen], labels[chosen].to(device)
        # Vary the images, as if other hands had written them.
        inputs = augment(batch, config.augment, hands, labels[chosen]) if config.augment else normalise(batch)
        # Predict, compare, and walk downhill.
        loss = functional.cross_entropy(model(inputs.to(device)), targets, label_smoothing=config.label_smoothing)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        workers.average_gradients(model)
        optimiser.step()
        learning_rate = float(schedule.get_last_lr()[0])
        schedule.step()
        if averaged is not None and (step % AVERAGE_EVERY == 0 or step == steps):
            averaged.update_parameters(model)
        if averaged is not None and step == steps:
            model.load_state_dict(averaged.module.state_dict())
        report = StepReport(
            step,
            steps,
            step / steps_per_epoch,
            0.0,
            workers.mean(loss),
            learning_rate,
            step * len(batch) * workers.count,
        )
        # Look at the test split now and then; training never sees it.
        if within + 1 in evaluated_at and workers.is_first:
            judged = model if averaged is None or step < AVERAGE_EVERY else averaged.module
            accuracy, test_loss = accuracy_and_loss(judged, test, device=device)
            model.train()
            report = replace(report, test_accuracy=accuracy, test_loss=test_loss)
        seconds += time.perf_counter() - started
        yield replace(report, seconds=seconds)
    model.eval()


def _averaged(model: nn.Module, steps: int) -> AveragedModel:
    """Average over about the last tenth of the run, counted in updates."""
    updates = steps / AVERAGE_EVERY / 10
    decay = max(0.0, min(0.998, 1 - 1 / max(1.0, updates)))
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def _evaluation_steps(steps_per_epoch: int, config: TrainConfig) -> set[int]:
    return {round(steps_per_epoch * part / config.evaluations) for part in range(1, config.evaluations + 1)}
