"""The visitor's drawing, and the example of this visit, as models read them."""

import functools

import torch

from app_pages.state import resources
from app_pages.state.examples import example_digit, examples
from app_pages.state.session import session
from mnist_core.ink.preprocessing import preprocess
from mnist_core.recognition.predictor import Prediction, Predictor


def drawn_tensor() -> torch.Tensor | None:
    """Return the visitor's last drawing as model input, (1, 28, 28) float32; None when it is blank."""
    drawing = session().drawing
    stages = preprocess(drawing) if drawing else None
    return stages.tensor if stages else None


def example_prediction(predictor: Predictor) -> Prediction:
    """Return a model's prediction for the example shown on this visit."""
    return _example_prediction(predictor, example_digit())


@functools.lru_cache(maxsize=32)
def _example_prediction(predictor: Predictor, digit: int) -> Prediction:
    drawing = examples()[digit]
    prediction: Prediction = resources.run_inference(lambda: predictor.predict(drawing))
    return prediction
