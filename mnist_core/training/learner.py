"""The state of a training run, which can be saved after any step and resumed from."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_core.models.config import TrainConfig
from mnist_core.models.evaluation import Evaluation
from mnist_core.training.distributed import SINGLE_PROCESS, Workers
from mnist_core.training.optimisers import STATE_TENSORS, make_optimiser, optimiser_step
from mnist_core.training.schedules import rate_and_momentum

AVERAGE_EVERY = 8  # steps between two updates of the averaged weights


@dataclass(frozen=True)
class TrainingState:
    """Everything a run needs to continue as if it had never been interrupted.

    Attributes:
        step: steps taken.
        seconds: time spent training, in s.
        tensors: weights, averaged weights, the optimiser's state and the random generators' states by name, on the CPU.
    """

    step: int
    seconds: float
    tensors: dict[str, torch.Tensor]


class Learner:
    """A model with its optimiser, the average of its weights and the order of the images.

    Args:
        model: trained in place.
        config: the configuration of the run.
        images: the number of training images.
        device: where to compute.
        workers: the processes that train together, each with its own learner.

    Attributes:
        network: call it for the logits; it averages the gradients of several processes in `backward`.
        evaluation: the result of the last evaluation.
    """

    def __init__(
        self,
        model: nn.Module,
        config: TrainConfig,
        images: int,
        device: torch.device | str = "cpu",
        workers: Workers = SINGLE_PROCESS,
    ) -> None:
        workers.check(config.batch_size)
        workers.synchronise_batch_norm(model)
        self.workers = workers
        # NOTE: channels_last is twice as fast on a CPU as the default layout.
        self.model = model.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.config, self.images = config, images
        self.steps_per_epoch = steps_per_epoch(images, config)
        self.steps = self.steps_per_epoch * config.epochs
        self.step, self.seconds = 0, 0.0
        self.network = workers.distribute(self.model)
        self.evaluation: Evaluation | None = None
        self.generator = self.augmentation_generator = torch.Generator().manual_seed(config.seed)
        if workers.count > 1:  # all use the same order of the images, but each augments its own
            self.augmentation_generator = torch.Generator().manual_seed(config.seed + 1 + workers.rank)
        self.optimiser = make_optimiser(model, config)
        self.averaged = _averaged(model, self.steps) if config.average else None
        self._before_order = self.generator.get_state()
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def eval_model(self) -> nn.Module:
        """The model to evaluate: the averaged one as soon as there is an average."""
        return self.model if self.averaged is None or self.step < AVERAGE_EVERY else self.averaged.module

    def next_batch(self) -> torch.Tensor:
        """Return the indices of the next images, (batch_size / workers,) int64, from a new random order every epoch.

        The images left over at the end of an epoch, too few for a mini-batch, are skipped.
        """
        within, size = self.step % self.steps_per_epoch, self.config.batch_size
        if within == 0:
            self._before_order = self.generator.get_state()
            self._order = torch.randperm(self.images, generator=self.generator)
        return self.workers.share(self._order[within * size : (within + 1) * size])

    def update(self, loss: torch.Tensor) -> float:
        """Update the weights with the gradient of a loss, and return the learning rate of that step."""
        rate, momentum = rate_and_momentum(self.config.schedule, self.config.learning_rate, self.step, self.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
            group |= {"betas": (momentum, group["betas"][1])} if "betas" in group else {"momentum": momentum}
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser_step(self.optimiser)
        self.step += 1
        self._average()
        return rate

    def state(self) -> TrainingState:
        """Return a copy of everything a run needs to continue; only valid between two reports."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.averaged is not None:
            tensors |= {f"averaged.{name}": value for name, value in self.averaged.state_dict().items()}
        for index, entry in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": entry[name] for name in STATE_TENSORS[self.config.optimiser]}
        tensors |= {"generator": self.generator.get_state(), "before_order": self._before_order}
        copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        return TrainingState(self.step, self.seconds, copies)

    def restore(self, state: TrainingState) -> None:
        """Continue from a state.

        Raises:
            ValueError: the state belongs to another run: tensors are missing, have other shapes or are not finite.
        """
        self._check(state)
        self.step, self.seconds = state.step, state.seconds
        self.model.load_state_dict(_part(state, "model."))
        if self.averaged is not None:
            self.averaged.load_state_dict(_part(state, "averaged."))
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": self._optimiser_state(state), "param_groups": groups})
        self._before_order = state.tensors["before_order"]
        try:
            self.generator.set_state(self._before_order)
            self._order = torch.randperm(self.images, generator=self.generator)
            self.generator.set_state(state.tensors["generator"])
        except RuntimeError:
            raise ValueError(
                "the state of a random generator must be PyTorch's, got something else: start the run again"
            ) from None

    def _average(self) -> None:
        if self.averaged is None:
            return
        if self.step % AVERAGE_EVERY == 0 or self.step == self.steps:
            self.averaged.update_parameters(self.model)
        if self.step == self.steps:
            self.model.load_state_dict(self.averaged.module.state_dict())

    def _optimiser_state(self, state: TrainingState) -> dict[int, dict[str, torch.Tensor]]:
        entries: dict[int, dict[str, torch.Tensor]] = {}
        for index, weight in enumerate(self.model.parameters()):
            tensors = _part(state, f"optimiser.{index}.")
            # NOTE: in the memory layout of its weight, because otherwise the last bit of a step may differ.
            entries[index] = {
                name: value if value.ndim == 0 else torch.empty_like(weight.detach()).copy_(value)
                for name, value in tensors.items()
            }
        return entries

    def _check(self, state: TrainingState) -> None:
        if not 0 < state.step < self.steps:
            raise ValueError(
                f"a state to resume from must have a step from 1 to {self.steps - 1:,}, got {state.step:,}: "
                "start the run again"
            )
        expected = self._expected()
        actual = {name: (value.shape, value.dtype) for name, value in state.tensors.items()}
        if actual != expected:
            wrong = sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))
            raise ValueError(
                f"a state to resume from must have this run's tensors, but {wrong[0]!r} differs: start the run again"
            )
        if not all(torch.isfinite(value).all() for value in state.tensors.values() if value.is_floating_point()):
            raise ValueError("a state to resume from must have only finite numbers, got others: start the run again")

    def _expected(self) -> dict[str, tuple[torch.Size, torch.dtype]]:
        like: dict[str, Any] = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.averaged is not None:
            like |= {f"averaged.{name}": value for name, value in self.averaged.state_dict().items()}
        for index, weight in enumerate(self.model.parameters()):
            for name in STATE_TENSORS[self.config.optimiser]:
                like[f"optimiser.{index}.{name}"] = torch.tensor(0.0) if name == "step" else weight
        like |= {"generator": self.generator.get_state(), "before_order": self._before_order}
        return {name: (value.shape, value.dtype) for name, value in like.items()}


def steps_per_epoch(images: int, config: TrainConfig) -> int:
    """Return the number of full mini-batches in a number of training images, but at least one."""
    return max(1, images // config.batch_size)


def _part(state: TrainingState, prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.tensors.items() if name.startswith(prefix)}


def _averaged(model: nn.Module, steps: int) -> AveragedModel:
    """Return a model that averages the weights over about the last tenth of the run's updates."""
    updates = steps / AVERAGE_EVERY / 10
    decay = max(0.0, min(0.998, 1 - 1 / max(1.0, updates)))
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
