"""What is looked at: a picture, and a model at some moment of its training."""

from collections.abc import Hashable
from dataclasses import dataclass

import torch

from app_pages.state import canvas, examples, own_runs, resources
from app_pages.state.inside import inside_state
from mnist_core.ink.normalisation import normalise
from mnist_core.ink.preprocessing import preprocess
from mnist_core.ink.strokes import Strokes
from mnist_core.models.config import TrainConfig
from mnist_core.recognition.predictor import NumberPrediction, Prediction, Predictor
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import snapshot_steps

INITIAL = 0  # the step before the first: random weights


@dataclass(frozen=True)
class Subject:
    """The picture that is looked at.

    Attributes:
        name: what the page calls it, in a sentence: "your drawing", "an example", "test image 247".
        tensor: the model's input, (1, 28, 28) float32, normalised.
        label: the true digit, None when it is not known.
        strokes: the ink it was made from, None for an image.
        is_digit: False when the ink is probably no digit.
        count: how many digits the ink shows; the picture is one of them.
    """

    name: str
    tensor: torch.Tensor
    label: int | None = None
    strokes: Strokes | None = None
    is_digit: bool = True
    count: int = 1

    @property
    def key(self) -> Hashable:
        """Equal for equal pictures."""
        return self.tensor.numpy().tobytes()


@dataclass(frozen=True)
class InspectedModel:
    """The model that is looked at.

    Attributes:
        name: of the shipped model or the run.
        spoken_name: what the page calls it.
        config: its configuration.
        predictor: predicts with it.
        run: None for a shipped model.
        step: after which step of its training, 0 for its initial weights; None for the latest.
        key: equal for equal weights.
    """

    name: str
    spoken_name: str
    config: TrainConfig
    predictor: Predictor
    run: Run | None
    step: int | None
    key: Hashable


def chosen_subject() -> Subject:
    """Return the image that was chosen, or else the visitor's drawing, or an example while the canvas is blank.

    Of several digits in the drawing it is the one that was chosen.
    """
    if (image := inside_state().image) is not None:
        split = resources.available_split(image[0])
        number = image[1] % len(split)
        name = f"{resources.SPLIT_WORDS[split.name]} image {number}"
        return Subject(name, normalise(split.images[[number]])[0], int(split.labels[number]))
    drawing = canvas.current_drawing()
    digits = _digits_of(drawing) if drawing else ()
    if digits:
        state = inside_state()
        state.place = min(state.place, len(digits) - 1)
        digit = digits[state.place]
        assert digit.stages, "blank ink has no digits"
        name = "your drawing" if len(digits) == 1 else f"digit {state.place + 1} of your drawing"
        return Subject(name, digit.stages.tensor, None, drawing, digit.is_digit, len(digits))
    example = examples.example_drawing()
    stages = preprocess(example)
    assert stages, "the examples are not blank"
    return Subject("an example", stages.tensor, examples.example_digit(), example)


def _digits_of(drawing: Strokes) -> tuple[Prediction, ...]:
    predictor = own_runs.active_predictor()
    number: NumberPrediction = resources.run_inference(lambda: predictor.predict_strokes(drawing))
    return number.digits


def moments(run: Run | None) -> list[int]:
    """Return the steps at which a model can be looked at, in order: 0 for its initial weights, then the kept ones."""
    return [INITIAL, *(snapshot_steps(run.folder) if run else ())]


def inspected_model() -> InspectedModel:
    """Return the active model at the chosen moment."""
    name = own_runs.active_model()
    run = resources.registry().runs.get(name)
    step = inside_state().step
    if step not in moments(run):
        step = None
    return model_at(name, run, step)


def model_at(name: str, run: Run | None, step: int | None) -> InspectedModel:
    """Return a model at a moment of its training.

    Args:
        name: of a shipped model or a run.
        run: None for a shipped model.
        step: one of `moments`, or None for the latest.

    Raises:
        ValueError: the weights of that moment are missing or damaged.
    """
    spoken = own_runs.spoken_name(run) if run else own_runs.MODEL_NAMES[name]
    config = run.config if run else resources.shipped_model(name).config
    if step is None:
        evaluations = run.history.evaluation_count if run else 0
        return InspectedModel(name, spoken, config, resources.predictor_for(name), run, None, (name, evaluations))
    predictor = resources.predictor_after(config, step, run.folder if run else None)
    words = "before training" if step == INITIAL else f"after step {step:,}"
    return InspectedModel(name, f"{spoken} {words}", config, predictor, run, step, (name, "step", step))
