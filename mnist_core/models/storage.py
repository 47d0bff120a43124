"""Trained models on disk: a folder with config.json, metrics.csv, model.safetensors and card.json. Nothing is pickled.

A run's folder and a shipped model's folder are the same thing, so that `assets/cnn` is what training with
`--out assets/cnn` left there.
"""

import json
import math
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
HEADER_ROOM = 65_536  # bytes a safetensors file may have beside its weights
JSON_ROOM = 1_000_000  # bytes a config or card may have

Record = TypeVar("Record", TrainConfig, "ModelCard")


@dataclass(frozen=True)
class ModelCard:
    """What somebody needs to know of trained weights: where they come from and how good they are.

    Accuracies are fractions of the test split, seconds those of the training alone. The temperature was fitted on the
    first half of the test split, and the expected calibration error is that of the second.
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
    """A model in evaluation mode with what is known of it."""

    name: str
    model: nn.Sequential
    config: TrainConfig
    card: ModelCard | None

    @property
    def temperature(self) -> float:
        """What its logits are divided by before the softmax; 1 where nobody calibrated it."""
        return self.card.temperature if self.card else 1.0


def model_folder(name: str) -> Path:
    """Return the folder of a shipped model by its name, or take the name for a run's folder.

    Raises:
        ValueError: it is neither.
    """
    if name in MODELS:
        return ASSETS / name
    if not (Path(name) / CONFIG).is_file():
        raise ValueError(f"model must be one of {', '.join(MODELS)} or the folder of a run, got {name!r}")
    return Path(name)


def load_trained(folder: Path) -> TrainedModel:
    """Load a model from its folder.

    Raises:
        ValueError: a file is missing, is not what it should be, or does not fit the model.
    """
    config = load_config(folder)
    model = config.build_model()
    model.load_state_dict(load_weights(folder / WEIGHTS, model))
    card_file = folder / CARD
    card = _from_json(ModelCard, read_json(card_file), card_file) if card_file.is_file() else None
    return TrainedModel(folder.name, model.eval(), config, card)


def load_config(folder: Path) -> TrainConfig:
    """Load the configuration of a run from its folder."""
    return _from_json(TrainConfig, read_json(folder / CONFIG), folder / CONFIG)


def load_weights(path: Path, model: nn.Module) -> dict[str, torch.Tensor]:
    """Read the weights of a model from a safetensors file, checked against the model before and after.

    Raises:
        ValueError: the file is missing, too large, no safetensors, of another model, or has a value that is not finite.
    """
    expected = model.state_dict()
    room = sum(tensor.numel() * tensor.element_size() for tensor in expected.values()) + HEADER_ROOM
    try:
        if path.stat().st_size > room:
            raise ValueError(f"{path} must have at most {room:,} bytes for this model, got {path.stat().st_size:,}")
        weights = load_file(path)
    except OSError:
        raise ValueError(f"{path} is missing or cannot be read: the model has to be trained first") from None
    except SafetensorError as error:
        raise ValueError(f"{path} must be a safetensors file, got something else ({error})") from None
    if {name: tensor.shape for name, tensor in weights.items()} != {
        name: tensor.shape for name, tensor in expected.items()
    }:
        raise ValueError(f"{path} holds the weights of another model: its tensors have other names or shapes")
    if not all(torch.isfinite(tensor.float()).all() for tensor in weights.values()):
        raise ValueError(f"{path} holds values that are not finite: the run that wrote it has failed")
    return weights


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of reasonable size.

    Raises:
        ValueError: the file is missing, too large, or holds something else.
    """
    try:
        if path.stat().st_size > JSON_ROOM:
            raise ValueError(f"{path} must have at most {JSON_ROOM:,} bytes, got {path.stat().st_size:,}")
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
    """Give a path to write to, and put it in place of `path` only when that went well.

    Whoever reads meanwhile, or after the process was killed, finds the old file or the new one, both whole.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_temperature(path: Path) -> float:
    """Return the temperature that `save_weights` wrote beside the weights; 1 where there is none.

    Raises:
        ValueError: the file is missing or no safetensors, or its temperature is no number above 0.
    """
    try:
        with safe_open(path, "pt") as file:
            temperature = float((file.metadata() or {}).get("temperature", 1.0))
    except (OSError, SafetensorError, ValueError) as error:
        raise ValueError(f"{path} must be safetensors with a temperature, got something else ({error})") from None
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"{path} must have a temperature above 0, got {temperature}")
    return temperature


def save_weights(path: Path, model: nn.Module, temperature: float | None = None) -> None:
    """Write the weights of a model as safetensors, whole or not at all; a temperature goes into the file's header."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with atomic_write(path) as unfinished:
        save_file(weights, unfinished, None if temperature is None else {"temperature": repr(temperature)})


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
        raise ValueError(f"{path} must have the fields {', '.join(sorted(known))}, with numbers for numbers") from None
