"""Snapshots: the models of a run's evaluations, a few of them, so that people can replay its training."""

from pathlib import Path

import torch
from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.runs.files import SNAPSHOTS

MAX_SNAPSHOTS = 40  # per run
# Test images that softmax regression misreads and a convolutional network reads well.
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
    """Return the steps of which a run has a snapshot, in order."""
    names = [path.stem for path in (folder / SNAPSHOTS).glob("*.safetensors")]
    return sorted(int(name) for name in names if name.isdecimal())


def load_snapshot(folder: Path, config: TrainConfig, step: int) -> nn.Sequential:
    """Return a run's model as it was after a step, in evaluation mode.

    Args:
        folder: the run's.
        config: the run's.
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


def first_layer_images(model: nn.Module) -> torch.Tensor:
    """Return the weights of the first layer as N images: (N, H, W) float32 in [-1, 1], 0 where it ignores the input.

    The ten templates of softmax regression, the hidden units of a perceptron, 28x28 both, or the small filters of a
    convolutional network. Each picture is divided by its largest absolute value.
    """
    weight = next(layer.weight for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    images = weight.detach().float().cpu()
    images = images.reshape(-1, 28, 28) if images.ndim == 2 else images[:, 0]
    largest = images.abs().amax(dim=(1, 2), keepdim=True)
    return images / largest.clamp_min(1e-12)


def _path(folder: Path, step: int) -> Path:
    return folder / SNAPSHOTS / f"{step}.safetensors"
