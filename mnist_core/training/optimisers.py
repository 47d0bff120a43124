"""PyTorch's optimisers, without the second that their first use costs.

The first optimiser of a process imports PyTorch's compiler, only to tell it to leave the optimiser alone. That is over
a second of work, a quarter of a quick run, and nothing here is ever compiled.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from mnist_core.models.config import TrainConfig
from mnist_core.training.schedules import MOMENTUM

KEPT = {"adamw": ("step", "exp_avg", "exp_avg_sq"), "sgd": ("momentum_buffer",)}  # what an optimiser knows of a weight
GUARDED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")  # what would import the compiler


def _adamw(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    weights, rate, decay = model.parameters(), config.learning_rate, config.weight_decay
    # NOTE: fused, one operation a weight and not a dozen: with weights this few the calls cost more than the sums.
    return torch.optim.AdamW(weights, lr=rate, weight_decay=decay, fused=True)


def _sgd(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    weights, rate, decay = model.parameters(), config.learning_rate, config.weight_decay
    return torch.optim.SGD(weights, lr=rate, momentum=MOMENTUM, weight_decay=decay)


MAKERS: dict[str, Callable[[nn.Module, TrainConfig], torch.optim.Optimizer]] = {"adamw": _adamw, "sgd": _sgd}


def make_optimiser(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return the optimiser that a run asks for, over all weights of a model."""
    for name in GUARDED:
        function = getattr(getattr(torch.optim.Optimizer, name), "__wrapped__", None)
        if function is not None:
            function.__dynamo_disable = function  # what the guard looks for before it imports the compiler
    return MAKERS[config.optimiser](model, config)


@torch.no_grad()
def step(optimiser: torch.optim.Optimizer) -> None:
    """Change the weights by one step of an optimiser, just as its own `step` does."""
    function: Any = type(optimiser).step
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    function(optimiser)
