"""Predict digits from ink: the predictor, and the detector of drawings that are probably not digits.

May import `models`, `ink`, `constants` and `paths`. It must not load `training`, `runs` or `ood_training`, which a
prediction does not need.
"""

from .ood_detector import OODDetector, load_ood_detector
from .predictor import NumberPrediction, Prediction, Predictor, load_predictor

__all__ = ["NumberPrediction", "OODDetector", "Prediction", "Predictor", "load_ood_detector", "load_predictor"]
