"""Optimisers that step like PyTorch's own and do not import its compiler."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from mnist_core.models.config import TrainConfig
from mnist_core.training.optimisers import STATE_TENSORS, make_optimiser, optimiser_step

TRAIN_AND_RESUME = """
import sys
import torch
from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig
from mnist_core.training.loop import fit, make_learner
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


@pytest.mark.parametrize("name", STATE_TENSORS)
def test_steps_equal_those_of_plain_pytorch_to_the_last_bit(name: str) -> None:
    config = TrainConfig("mlp", optimiser=name, learning_rate=0.05, weight_decay=0.02)
    model, oracle_model = config.build_model(), config.build_model()
    optimiser = make_optimiser(model, config)
    oracle = {
        "adamw": torch.optim.AdamW(
            oracle_model.parameters(), lr=0.05, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.02, fused=True
        ),
        "sgd": torch.optim.SGD(oracle_model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.02),
    }[name]
    images = torch.randn(32, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(32) % 10
    for _ in range(5):
        for each_model, each in ((model, optimiser), (oracle_model, oracle)):
            each.zero_grad()
            functional.cross_entropy(each_model(images), labels).backward()
        optimiser_step(optimiser)
        oracle.step()
    for weight, expected in zip(model.parameters(), oracle_model.parameters(), strict=True):
        assert torch.equal(weight, expected)


@pytest.mark.parametrize("name", STATE_TENSORS)
def test_the_state_tensors_are_those_that_pytorch_keeps_per_weight(name: str) -> None:
    config = TrainConfig("linear", optimiser=name)
    model = config.build_model()
    optimiser = make_optimiser(model, config)
    model(torch.zeros(1, 1, 28, 28)).sum().backward()
    optimiser_step(optimiser)
    for state in optimiser.state_dict()["state"].values():
        assert set(STATE_TENSORS[name]) == {key for key, value in state.items() if value is not None}


@pytest.mark.slow
@pytest.mark.parametrize("name", STATE_TENSORS)
def test_neither_training_nor_resuming_imports_the_compiler(name: str) -> None:
    command = [sys.executable, "-c", TRAIN_AND_RESUME, name]
    process = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert process.stdout.strip() == "False", process.stderr
