"""Optimisers that step as PyTorch's own do, and leave its compiler where it is."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from mnist_core.models.config import SETTINGS, TrainConfig
from mnist_core.training.optimisers import MAKERS, make_optimiser, step

WHOLE_RUN = """
import sys
import torch
from mnist_core.data.split import Split
from mnist_core.training.loop import TrainConfig, fit, make_learner
split = Split(torch.zeros(64, 28, 28, dtype=torch.uint8), torch.arange(64) % 10, "train")
config = TrainConfig("cnn", batch_size=16, average=True, augment=1.0, precision="bfloat16", optimiser=sys.argv[1])
model = config.build_model()
learner = make_learner(model, split, config)
reports = fit(model, split, split, config, learner=learner)
next(reports)
model = config.build_model()
learner = make_learner(model, split, config, state=learner.state())
assert len(list(fit(model, split, split, config, learner=learner))) == 3
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("name", SETTINGS["optimiser"].choices)
def test_a_step_is_that_of_pytorch_to_the_last_bit(name: str) -> None:
    config = TrainConfig("mlp", optimiser=name, learning_rate=0.05)
    inputs = torch.randn(32, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    models = config.build_model(), config.build_model()
    ours, oracle = make_optimiser(models[0], config), MAKERS[name](models[1], config)
    for _ in range(5):
        for model, optimiser in zip(models, (ours, oracle), strict=True):
            optimiser.zero_grad()
            functional.cross_entropy(model(inputs), torch.arange(32) % 10).backward()
            step(optimiser) if optimiser is ours else optimiser.step()
    for weight, expected in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(weight, expected)


@pytest.mark.parametrize("name", SETTINGS["optimiser"].choices)
def test_a_run_that_is_taken_up_again_never_imports_the_compiler(name: str) -> None:
    command = [sys.executable, "-c", WHOLE_RUN, name]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "False", ended.stderr
