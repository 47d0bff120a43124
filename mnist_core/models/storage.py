"""Trained models on disk: a folder with config.json, metrics.csv, model.safetensors and card.json. Nothing is pickled.

A shipped model's folder has the format of a run's: `assets/cnn` is what training with `--out assets/cnn` wrote.
"""

import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS
from mnist_core.paths import ASSETS

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.csv", "card.json"
MAX_HEADER_BYTES = 65_536  # of a safetensors file, on top of its weights
MAX_JSON_BYTES = 1_000_000  # of a configuration or a card

Record = TypeVar("Record", TrainConfig, "ModelCard")


@dataclass(frozen=True)
class ModelCard:
    """The origin and the quality of trained weights.

    Attributes:
        data: the training images.
        command: the command that repeats the training.
        seed, epochs: of the training.
        parameters: number of trainable parameters.
        test_accuracy: fraction of the test split with the correct label.
        seconds: time spent training, in s.
        temperature: fitted on the first half of the test split, see `evaluation.calibrate`.
        calibration_error: expected calibration error on its second half; None if it was not measured.
        notes: anything else worth knowing.
    """

    data: str
    command: str
    seed: int
    epochs: int
    parameters: int
    test_accuracy: float
    seconds: float
    temperature: float = 1.0
    calibration_error: float | None = None
    notes: str = ""

    def __post_init__(self) -> None:
        for name in ("seed", "epochs", "parameters", "test_accuracy", "seconds", "temperature"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ValueError(f"{name} must be a number, got {value!r:.40}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be above 0, got {self.temperature}")


@dataclass(frozen=True)
class TrainedModel:
    """A model in evaluation mode, with its configuration and its card."""

    name: str
    model: nn.Sequential
    config: TrainConfig
    card: ModelCard | None

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax; 1 for a model without a card."""
        return self.card.temperature if self.card else 1.0


def model_folder(name: str) -> Path:
    """Return the folder of a shipped model by its name, or the path of a run's folder as it is.

    Raises:
        ValueError: the name is neither.
    """
    if name in MODELS:
        return ASSETS / name
    if not (Path(name) / CONFIG).is_file():
        raise ValueError(f"model must be one of {', '.join(MODELS)} or the folder of a run, got {name!r}")
    return Path(name)


def load_trained(folder: Path) -> TrainedModel:
    """Load a model from its folder.

    Raises:
        ValueError: a file is missing or damaged, or does not fit the model.
    """
    config = load_config(folder)
    model = config.build_model()
    model.load_state_dict(load_weights(folder / WEIGHTS, model))
    card_path = folder / CARD
    card = _from_json(ModelCard, read_json(card_path), card_path) if card_path.is_file() else None
    return TrainedModel(folder.name, model.eval(), config, card)


def load_config(folder: Path) -> TrainConfig:
    """Load the configuration of a run from its folder.

    Raises:
        ValueError: the file is missing or is not a configuration.
    """
    return _from_json(TrainConfig, read_json(folder / CONFIG), folder / CONFIG)


def load_weights(path: Path, model: nn.Module) -> dict[str, torch.Tensor]:
    """Read the weights of a model from a safetensors file and check them against the model.

    Raises:
        ValueError: the file is missing, too large, not safetensors, of another model, or holds infinite values or NaN.
    """
    expected = model.state_dict()
    limit = sum(tensor.numel() * tensor.element_size() for tensor in expected.values()) + MAX_HEADER_BYTES
    try:
        if path.stat().st_size > limit:
            raise ValueError(f"{path} must have at most {limit:,} bytes for this model, got {path.stat().st_size:,}")
        weights = load_file(path)
    except OSError:
        raise ValueError(f"{path} is missing or cannot be read: train the model first") from None
    except SafetensorError as error:
        raise ValueError(f"{path} must be a safetensors file, got something else ({error})") from None
    if {name: tensor.shape for name, tensor in weights.items()} != {
        name: tensor.shape for name, tensor in expected.items()
    }:
        raise ValueError(f"{path} must hold this model's weights, got tensors of other names or shapes")
    if not all(torch.isfinite(tensor.float()).all() for tensor in weights.values()):
        raise ValueError(f"{path} must hold finite weights, got infinite values or NaN: its training diverged")
    return weights


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of at most `MAX_JSON_BYTES`.

    Raises:
        ValueError: the file is missing, too large, or is not a JSON object.
    """
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError(f"{path} must have at most {MAX_JSON_BYTES:,} bytes, got {path.stat().st_size:,}")
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ValueError(f"{path} is missing or cannot be read") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(f"{path} must be JSON, got something else") from None
    if not isinstance(record, dict):
        raise ValueError(f"{path} must hold a JSON object, got {type(record).__name__}")
    return record


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and move it to `path` if the block succeeds.

    A reader sees either the old file or the complete new one, even if the process is killed while writing.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_temperature(path: Path) -> float:
    """Return the temperature that `save_weights` wrote into the file's header; 1 if it has none.

    Raises:
        ValueError: the file is missing or not safetensors, or its temperature is not a number above 0.
    """
    try:
        with safe_open(path, "pt") as file:
            temperature = float((file.metadata() or {}).get("temperature", 1.0))
    except (OSError, SafetensorError, ValueError) as error:
        raise ValueError(
            f"{path} must be safetensors with a numeric temperature, got something else ({error})"
        ) from None
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"{path} must have a temperature above 0, got {temperature}")
    return temperature


def save_weights(path: Path, model: nn.Module, temperature: float | None = None) -> None:
    """Write the weights of a model as safetensors, whole or not at all, with any temperature in the file's header."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_tensors(path, weights, None if temperature is None else {"temperature": repr(temperature)})


def save_tensors(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str] | None = None) -> None:
    """Write tensors as safetensors, whole or not at all, with any texts in the file's header.

    Raises:
        OSError: the file cannot be written, for example because the disk is full.
    """
    with atomic_write(path) as unfinished:
        try:
            save_file(tensors, unfinished, header)
        except SafetensorError as error:  # NOTE: this is how safetensors reports what the operating system refuses
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None


def save_json(path: Path, record: TrainConfig | ModelCard) -> None:
    """Write a configuration or a card as JSON, whole or not at all."""
    with atomic_write(path) as unfinished:
        unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")


def _from_json(kind: type[Record], record: dict[str, Any], path: Path) -> Record:
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{name: value for name, value in record.items() if name in known})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    except TypeError:
        raise ValueError(f"{path} must have the fields {', '.join(sorted(known))}, each of its own type") from None
