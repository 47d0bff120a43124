"""The fields of the Train page's form: which there are, and how their widgets hold a value."""

from typing import Any

from mnist_core.models.config import SETTINGS

MODEL, PRESET = "train_model", "train_preset"  # the keys of widgets
DEFAULT_MODEL, DEFAULT_PRESET = "cnn", "standard"
# The fields below "All settings", by the group that they are in; the preset decides the others.
SHOWN = (
    "epochs",
    "batch_size",
    "learning_rate",
    "schedule",
    "optimiser",
    "weight_decay",
    "width",
    "depth",
    "looks",
    "share",
    "augment",
    "label_noise",
    "precision",
    "seed",
)
PARAMETERS = ("train", "preset", *SHOWN)  # in the URL; there, "model" is the model in use, on every page
BATCH_SIZES = [8, 16, 32, 64, 128, 256, 512, 1024]


def widget_key(name: str, model: str, preset: str) -> str:
    """Return the key of a field's widget; each preset of each model has its own, with its own value."""
    return f"train_{name}_{model}_{preset}"


def as_shown(name: str, value: Any) -> Any:
    """Return a field's value as its widget holds it."""
    setting = SETTINGS[name]
    if not setting.is_number or name == "batch_size":
        return value
    return float(100 * value if setting.percent else value)
