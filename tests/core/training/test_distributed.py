"""Two processes on this machine train as one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from mnist_core.training.distributed import SINGLE_PROCESS, SharedBatchNorm2d, Workers
from tests.made import FINISHED_RUN

ROOT = Path(__file__).parents[3]
# Trains on made digits as one of several processes, or alone, and prints the losses and the mean of the weights.
PROGRAM = """
import json, sys
sys.path.insert(0, "tests")
import torch
from tests.made import made_split
from mnist_core.models.networks import build_model
from mnist_core.training.distributed import launched_workers
from mnist_core.models.config import TrainConfig
from mnist_core.training.loop import fit

torch.set_num_threads(1)
config = TrainConfig(**json.loads(sys.argv[1]))
model = build_model(config.model, config.seed)
splits = made_split("train", 400, seed=1), made_split("test", 100, seed=2)
with launched_workers(torch.device("cpu")) as workers:
    reports = list(fit(model, *splits, config, workers=workers))
if workers.is_first:
    weights = [float(parameter.detach().abs().sum()) for parameter in model.state_dict().values()]
    print(json.dumps([[report.loss for report in reports], reports[-1].test_accuracy, reports[-1].images, weights]))
"""
ONE_PROCESS = [sys.executable]
TWO_PROCESSES = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run(launcher: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*launcher, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "rounding"), [("float32", 1e-2), ("bfloat16", 5e-2)])
def test_two_processes_give_the_curve_of_one(tmp_path: Path, precision: str, rounding: float) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    choice = {"model": "cnn", "epochs": 1, "batch_size": 40, "learning_rate": 0.003, "precision": precision}
    config = json.dumps(choice)
    ended = [run(launcher, str(program), config) for launcher in (ONE_PROCESS, TWO_PROCESSES)]
    assert [process.returncode for process in ended] == [0, 0], ended[1].stderr
    (losses, accuracy, images, weights), (losses2, accuracy2, images2, weights2) = (
        json.loads(process.stdout) for process in ended
    )
    assert len(losses) == 10 and images == images2 == 400
    assert losses2 == pytest.approx(losses, rel=rounding, abs=rounding / 5)
    assert weights2 == pytest.approx(weights, rel=rounding, abs=rounding)
    assert accuracy2 == pytest.approx(accuracy, abs=2 * rounding)


@pytest.mark.slow
@pytest.mark.usefixtures("mnist")
def test_only_the_first_process_writes_and_prints(tmp_path: Path) -> None:
    words = ["-m", "mnist_core", "train", "--model", "linear", "--epochs", "1", "--batch-size", "2048"]
    ended = run([*TWO_PROCESSES], *words, "--device", "cpu", "--out", str(tmp_path / "two"))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("epoch 1.00") == 1
    assert {path.name for path in (tmp_path / "two").iterdir()} == FINISHED_RUN
    assert len((tmp_path / "two" / "metrics.csv").read_text().splitlines()) == 1 + 60_000 // 2048


def test_a_mini_batch_that_cannot_be_shared_is_refused() -> None:
    Workers(0, 2).check(256)
    with pytest.raises(ValueError, match="batch_size must be a multiple of the 3 processes, got 256"):
        Workers(0, 3).check(256)


def test_shares_make_up_the_mini_batch() -> None:
    batch = torch.arange(12)
    assert torch.cat([Workers(rank, 3).share(batch) for rank in range(3)]).equal(batch)
    assert SINGLE_PROCESS.share(batch).equal(batch)


def test_a_shared_normalisation_keeps_the_parameters_and_reads_like_the_one_it_replaces() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    images = torch.randn(8, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    model(images)
    expected = model.eval()(images)
    parameters = dict(model.named_parameters())
    Workers(0, 2).synchronise_batch_norm(model)
    assert isinstance(model[1], SharedBatchNorm2d)
    assert all(parameter is parameters[name] for name, parameter in model.named_parameters())
    assert torch.equal(model(images), expected)
