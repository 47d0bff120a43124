"""Trained models on disk: a folder with config.json, metrics.csv, model.safetensors and card.json. Nothing is pickled.

A shipped model's folder has the format of a run's: `assets/cnn` is what training with `--out assets/cnn` wrote.
"""

import errno
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
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import nn

from mnist_core.durable_files import replace_durably
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS
from mnist_core.paths import ASSETS
from mnist_core.regular_files import read_regular

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.csv", "card.json"
MAX_HEADER_BYTES = 65_536  # of a safetensors file, on top of its weights
MAX_WEIGHTS_BYTES = 64_000_000  # of any model; the largest has 8.6 MB
MAX_JSON_BYTES = 1_000_000  # of a configuration or a card
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.01, 100.0  # `evaluation.fit_temperature` gives 0.1 to 10
CARD_RANGES = {
    "seed": (0, 2**31 - 1),
    "epochs": (0, 1e12),
    "parameters": (0, 1e12),
    "test_accuracy": (0, 1),
    "seconds": (0, 1e12),
    "temperature": (MIN_TEMPERATURE, MAX_TEMPERATURE),
    "calibration_error": (0, 1),
}

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
        for name, (low, high) in CARD_RANGES.items():
            value = getattr(self, name)
            if value is None and name == "calibration_error":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{name} must be a number from {low:g} to {high:g}, got {value!r:.40}")
        for name in ("data", "command", "notes"):
            if not is_text(getattr(self, name)):
                raise ValueError(f"{name} must be text, got {getattr(self, name)!r:.40}")


@dataclass(frozen=True)
class TrainedModel:
    """A model in evaluation mode, with its configuration and its card."""

    name: str
    model: nn.Sequential
    config: TrainConfig
    card: ModelCard | None

    @property
    def temperature(self) -> float:
        """The number that divides the logits before the softmax; 1 for a model without a card."""
        return self.card.temperature if self.card else 1.0


def model_folder(name: str) -> Path:
    """Return the folder of a shipped model by its name, or the path of a run's folder as it is.

    Raises:
        ValueError: the name is neither.
    """
    if name in MODELS:
        return ASSETS / name
    try:
        is_run = (Path(name) / CONFIG).is_file()
    except (OSError, ValueError):  # such as a name that is too long for the system
        is_run = False
    if not is_run:
        raise ValueError(f"model must be one of {', '.join(MODELS)} or the folder of a run, got {name!r:.150}")
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
    card = _from_json(ModelCard, read_json(card_path), card_path) if card_path.exists() else None
    # NOTE: channels_last is twice as fast on a CPU as the default layout, for many images at once.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
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
        ValueError: the file is missing, too large, not safetensors, of another model, or not finite.
    """
    expected = model.state_dict()
    limit = sum(tensor.numel() * tensor.element_size() for tensor in expected.values()) + MAX_HEADER_BYTES
    weights = load_tensors(path, limit)
    if _kinds(weights) != _kinds(expected):
        raise ValueError(f"{path} must hold this model's weights, got tensors of other names, shapes or types")
    if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
        raise ValueError(f"{path} must hold finite weights, got infinite values or NaN: its training diverged")
    return weights


def _kinds(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}


def load_tensors(path: Path, max_bytes: int) -> dict[str, torch.Tensor]:
    """Read all tensors of a safetensors file of at most `max_bytes`.

    Raises:
        ValueError: the file is missing, too large or not safetensors.
    """
    return _parse_tensors(path, _read_file(path, max_bytes))


def _parse_tensors(path: Path, content: bytes) -> dict[str, torch.Tensor]:
    try:
        return load(content)
    except Exception as error:  # NOTE: safetensors raises many kinds, also KeyError for a type that torch lacks
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"{path} must be a safetensors file, got something else ({reason:.80})") from None


def _read_file(path: Path, max_bytes: int) -> bytes:
    """Return the content of a regular file, or raise ValueError with one sentence about it."""
    try:
        return bytes(read_regular(path, max_bytes))
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EFBIG):
            raise ValueError(f"{path}: {error.strerror}") from None
        raise ValueError(f"{path} is missing or cannot be read ({error.strerror})") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of at most `MAX_JSON_BYTES`.

    Raises:
        ValueError: the file is missing, too large, or is not a JSON object.
    """
    content = _read_file(path, MAX_JSON_BYTES)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):  # NOTE: ValueError also for a whole number of thousands of digits
        raise ValueError(f"{path} must be JSON, got something else") from None
    if not isinstance(record, dict):
        raise ValueError(f"{path} must hold a JSON object, got {type(record).__name__}")
    return record


def is_text(value: object) -> bool:
    """Return whether a value is text that can be shown; JSON can also hold halves of characters, which cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and move it to `path` if the block succeeds.

    Other processes see either the old file or the complete new one, even if this process is killed while writing, and
    so does this machine after a power loss.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        yield unfinished
        replace_durably(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_temperature(path: Path) -> float:
    """Return the temperature that `save_weights` wrote into the file's header; 1 if it has none.

    Raises:
        ValueError: the file is missing or not safetensors, or its temperature is no number in the range.
    """
    content = _read_file(path, MAX_WEIGHTS_BYTES)
    _parse_tensors(path, content)  # checks the header, which is JSON after the 8 bytes of its length
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    try:
        temperature = float((header.get("__metadata__") or {}).get("temperature", 1.0))
    except ValueError:
        temperature = math.nan
    if not MIN_TEMPERATURE <= temperature <= MAX_TEMPERATURE:
        raise ValueError(f"{path} must have a temperature from {MIN_TEMPERATURE:g} to {MAX_TEMPERATURE:g}, got another")
    return temperature


def save_weights(path: Path, model: nn.Module, temperature: float | None = None) -> None:
    """Write the weights of a model as safetensors, atomically, with the temperature, if any, in the file's header."""
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


def save_json(path: Path, record: TrainConfig | ModelCard | dict[str, str]) -> None:
    """Write a configuration, a card or another record as JSON, atomically.

    Raises:
        OSError: the file cannot be written.
    """
    values = record if isinstance(record, dict) else asdict(record)
    with atomic_write(path) as unfinished:
        unfinished.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _from_json(kind: type[Record], record: dict[str, Any], path: Path) -> Record:
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{name: value for name, value in record.items() if name in known})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    except TypeError:
        raise ValueError(f"{path} must have the fields {', '.join(sorted(known))}, each of its own type") from None
