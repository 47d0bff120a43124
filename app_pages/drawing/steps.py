"""The steps from ink to tensor, worded for what came in, with the model's answer at each."""

from collections.abc import Sequence

import numpy as np
import torch

from app_pages.components.html import data_url, pen_animation, percent, square_url
from app_pages.components.stage_ladder import StageView, stage_ladder
from app_pages.state import canvas, drawn, examples, resources
from app_pages.state.session import session
from mnist_core.ink.normalisation import MEAN, STD
from mnist_core.ink.preprocessing import Recipe, Stages
from mnist_core.recognition.predictor import Prediction, Predictor

INK = {  # by source
    "Canvas": "The whole canvas",
    "Photo": "The ink found in your photo; paper and shadows are gone",
    "Camera": "The ink found in the camera's picture; paper and shadows are gone",
}
THICKNESS = {
    "Canvas": "All lines equally wide, so the brush doesn't matter",
    "Photo": "All lines equally wide, so the pen doesn't matter",
    "Camera": "All lines equally wide, so the pen doesn't matter",
}
STEPS = {"crop": "crop", "thickness": "thickness", "box": "box", "centre": "centre", "tensor": "normalise"}
EXAMPLE = "This is an example. Draw a digit to see your own."
YOURS = "What the model would answer if the preparation stopped at each stage. Switch a step off and watch it change."
LOW, HIGH = -MEAN / STD, (1 - MEAN) / STD  # of a normalised tensor: blank paper and full ink
SCALE = (f"{LOW:.2f}", f"{HIGH:.2f}")
OTHERS = 0.55  # strength of the ink of the other digits
COLOURS = np.array([[38, 30, 92], [67, 118, 214], [250, 232, 140]], dtype=np.float64)  # paper, in between, ink


def stage_words(source: str) -> dict[str, tuple[str, str]]:
    """Return the name and the description of every stage for ink from a source."""
    return {
        "ink": ("Ink", INK[source]),
        "crop": ("Crop", "Only the ink, so its position and size don't matter"),
        "thickness": ("One thickness", THICKNESS[source]),
        "box": ("20 × 20 box", "Scaled to fit 20 × 20 pixels, proportions kept"),
        "centre": ("Centre of mass", "Moved to bring the ink's centre of mass to the middle"),
        "tensor": ("Normalise", f"Minus the mean {MEAN}, divided by the standard deviation {STD}"),
    }


def render_steps(
    prediction: Prediction, digits: Sequence[Prediction], predictor: Predictor, recipe: Recipe, source: str
) -> None:
    """Show every stage from ink to tensor, the model's answer at each, and a switch for each step.

    Args:
        prediction: for the digit to show; without ink an example is shown instead.
        digits: the predictions for all digits in the drawing or the photo.
        predictor: the one that made them.
        recipe: the preprocessing steps that were applied.
        source: where the ink comes from.
    """
    shown = prediction if prediction.stages else drawn.example_prediction(predictor)
    if shown.stages is None:
        return
    stages = shown.stages
    answers = resources.run_inference(lambda: predictor.predict_stages(stages, recipe))
    views = []
    for stage, (name, description) in stage_words(source if prediction.stages else "Canvas").items():
        probability, label = answers[stage].max(dim=0)
        image, scale = square_url(stages.picture(stage)), tuple[str, ...]()
        if stage == "ink" and not prediction.stages:
            image = pen_animation(examples.example_drawing())
        elif stage == "ink" and len(digits) > 1:
            image, description = square_url(ink_among_others(stages, digits)), f"{description}; this digit is bright"
        if stage == "tensor" and recipe.normalise:
            image, scale = tensor_url(stages.tensor), SCALE
        step = STEPS.get(stage, "")
        is_on = step not in session().disabled_steps
        sure = percent(float(probability), escaped=False)
        agrees = int(label) == shown.label
        views.append(StageView(name, description, image, str(int(label)), sure, agrees, step, is_on, scale))
    stage_ladder(YOURS if prediction.stages else EXAMPLE, views, key="draw_ladder", on_toggle=canvas.toggle_step)


def ink_among_others(stages: Stages, digits: Sequence[Prediction]) -> np.ndarray:
    """Return the ink (H, W) in [0, 1] of all digits, that of one of them at its full strength."""
    others = [digit.stages.ink for digit in digits if digit.stages is not None]
    return np.maximum(stages.ink, OTHERS * np.max(others, axis=0))


def tensor_url(tensor: torch.Tensor) -> str:
    """Return the data URL of a normalised tensor (1, 28, 28) in the colours of its scale, from `LOW` to `HIGH`."""
    places = np.clip((tensor[0].numpy() - LOW) / (HIGH - LOW), 0, 1)
    stops = np.linspace(0, 1, len(COLOURS))
    channels = [np.interp(places, stops, COLOURS[:, channel]) for channel in range(3)]
    return data_url(np.rint(np.stack(channels, axis=-1)).astype(np.uint8))
