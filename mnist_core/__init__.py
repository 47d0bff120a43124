"""Handwritten digits: load MNIST, turn ink into a tensor, train a model and predict digits.

The names below are the public ones. Each is imported on first use. The package never imports Streamlit,
so that a command line, a notebook or another user interface can use it as it is.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_core.analysis.attribution import Attribution, attribute
    from mnist_core.data.split import Split, load_split
    from mnist_core.ink.strokes import Strokes
    from mnist_core.models.config import TrainConfig
    from mnist_core.recognition.predictor import Prediction, Predictor, load_predictor
    from mnist_core.training.loop import fit
    from mnist_core.training.report import StepReport

__all__ = [
    "Attribution",
    "Prediction",
    "Predictor",
    "Split",
    "StepReport",
    "Strokes",
    "TrainConfig",
    "attribute",
    "fit",
    "load_predictor",
    "load_split",
]

_MODULES = {
    "Attribution": "analysis.attribution",
    "Prediction": "recognition.predictor",
    "Predictor": "recognition.predictor",
    "Split": "data.split",
    "StepReport": "training.report",
    "Strokes": "ink.strokes",
    "TrainConfig": "models.config",
    "attribute": "analysis.attribution",
    "fit": "training.loop",
    "load_predictor": "recognition.predictor",
    "load_split": "data.split",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that prediction does not load the trainer."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
