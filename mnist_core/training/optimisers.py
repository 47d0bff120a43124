"""PyTorch's optimisers, without importing its compiler.

The first optimiser of a process imports the compiler, only to exempt the optimiser from compilation. That takes over a
second, a quarter of a quick run, and nothing here is ever compiled.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from mnist_core.models.config import TrainConfig
from mnist_core.training.schedules import MOMENTUM

STATE_TENSORS = {"adamw": ("step", "exp_avg", "exp_avg_sq"), "sgd": ("momentum_buffer",)}  # per weight
COMPILER_GUARDED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")  # methods that would import it


def _adamw(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    # NOTE: fused is one call per tensor instead of a dozen; in models this small, calls cost more than arithmetic.
    return torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)


def _sgd(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        model.parameters(), lr=config.learning_rate, momentum=MOMENTUM, weight_decay=config.weight_decay
    )


BUILDERS: dict[str, Callable[[nn.Module, TrainConfig], torch.optim.Optimizer]] = {"adamw": _adamw, "sgd": _sgd}


def make_optimiser(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return the configured optimiser over all weights of a model."""
    for name in COMPILER_GUARDED:
        method = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if method is not None:
            method.__dynamo_disable = method  # the guard imports the compiler only where this is missing
    return BUILDERS[config.optimiser](model, config)


@torch.no_grad()
def optimiser_step(optimiser: torch.optim.Optimizer) -> None:
    """Take one step of an optimiser, with the result of its own `step` but without the wrappers around it."""
    method: Any = type(optimiser).step
    while hasattr(method, "__wrapped__"):
        method = method.__wrapped__
    method(optimiser)
