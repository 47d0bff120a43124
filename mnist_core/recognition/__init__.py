"""From ink to an answer: the predictor, and the detector of drawings that are probably not digits.

May import `models` and `ink`. It must not load `training`, `runs` or `ood_training`, which prediction does not need.
"""

from .ood_detector import OODDetector, load_ood_detector
from .predictor import Prediction, Predictor, load_predictor

__all__ = ["OODDetector", "Prediction", "Predictor", "load_ood_detector", "load_predictor"]
