"""Save and load snapshots: the models of some evaluations of a run, with which its training can be replayed."""

import re
from pathlib import Path

from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs.files import SNAPSHOTS

MAX_SNAPSHOTS = 40  # per run
# Indices of test images that softmax regression classifies wrongly and a convolutional network correctly.
HARD_TEST_IMAGES = (8, 9009, 4575, 965)


def save_snapshot(folder: Path, step: int, model: nn.Module, temperature: float = 1.0) -> None:
    """Save a run's model after a step, with the temperature that calibrates it.

    When there are too many snapshots, the one whose removal leaves the smallest gap is removed.

    Raises:
        OSError: the run's folder cannot be written.
    """
    (folder / SNAPSHOTS).mkdir(exist_ok=True)
    storage.save_weights(_path(folder, step), model, temperature)
    steps = snapshot_steps(folder)
    if len(steps) > MAX_SNAPSHOTS:
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        _path(folder, steps[1 + gaps.index(min(gaps))]).unlink(missing_ok=True)


def snapshot_steps(folder: Path) -> list[int]:
    """Return the steps for which a run has a snapshot, in order."""
    names = [path.stem for path in (folder / SNAPSHOTS).glob("*.safetensors")]
    return sorted(int(name) for name in names if re.fullmatch("[1-9][0-9]{0,11}", name))


def load_snapshot(folder: Path, config: TrainConfig, step: int) -> nn.Sequential:
    """Return a run's model after a step, in evaluation mode.

    Args:
        folder: the folder of the run.
        config: the configuration of the run.
        step: one of `snapshot_steps`.

    Raises:
        ValueError: the weights are missing, damaged or of another model.
    """
    built = config.build_model()
    built.load_state_dict(storage.load_weights(_path(folder, step), built))
    return built.eval()


def snapshot_temperature(folder: Path, step: int) -> float:
    """Return the temperature that calibrates a run's model after a step; 1 if none was saved.

    Raises:
        ValueError: the weights are missing or damaged.
    """
    return storage.load_temperature(_path(folder, step))


def _path(folder: Path, step: int) -> Path:
    return folder / SNAPSHOTS / f"{step}.safetensors"
