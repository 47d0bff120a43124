"""The models of a run's evaluations, kept small and few, so that one can walk back through its training."""

from pathlib import Path

import torch
from torch import nn

from mnist_core.models import storage
from mnist_core.models.config import TrainConfig

MAX_SNAPSHOTS = 40  # models that are kept of a run
FOLDER = "moments"
HARD_TEST_IMAGES = (
    8,
    9009,
    4575,
    965,
)  # test images that softmax regression misreads and a convolutional network reads well


def save_snapshot(folder: Path, step: int, model: nn.Module, temperature: float = 1.0) -> None:
    """Keep the weights of a run after a step; when there are too many, the one that leaves the smallest gap goes.

    The temperature that suited them is kept with them.

    Raises:
        OSError: the run's folder cannot be written.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    storage.save_weights(_path(folder, step), model, temperature)
    steps = snapshot_steps(folder)
    if len(steps) > MAX_SNAPSHOTS:
        gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
        _path(folder, steps[1 + gaps.index(min(gaps))]).unlink(missing_ok=True)


def snapshot_steps(folder: Path) -> list[int]:
    """Return the steps of a run whose weights are kept, in order."""
    names = [path.stem for path in (folder / FOLDER).glob("*.safetensors")]
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
    """Return the temperature that suited a run's model after a step; 1 where none was kept.

    Raises:
        ValueError: the weights are missing or damaged.
    """
    return storage.load_temperature(_path(folder, step))


def first_weights(model: nn.Module) -> torch.Tensor:
    """Return what the first layer looks for, a picture a row: (N, H, W) float32 in [-1, 1], 0 where it does not care.

    The ten templates of softmax regression, the hidden units of a perceptron, 28x28 both, or the small filters of a
    convolutional network. Each picture is divided by its largest absolute value.
    """
    weight = next(layer.weight for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    pictures = weight.detach().float().cpu()
    pictures = pictures.reshape(-1, 28, 28) if pictures.ndim == 2 else pictures[:, 0]
    largest = pictures.abs().amax(dim=(1, 2), keepdim=True)
    return pictures / largest.clamp_min(1e-12)


def _path(folder: Path, step: int) -> Path:
    return folder / FOLDER / f"{step}.safetensors"
