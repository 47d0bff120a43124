"""The example that writes itself on a blank canvas, and what a model makes of it while it is written."""

from collections.abc import Sequence

from app_pages.components.answer_panel import PanelView
from app_pages.drawing.answers import model_view, panel_view
from app_pages.state import resources
from app_pages.state.examples import PARTS, examples
from app_pages.state.singletons import Singleton
from mnist_core.ink.strokes import Strokes, first_part
from mnist_core.models.networks import MODELS
from mnist_core.recognition.predictor import NumberPrediction, Prediction, Predictor

HEADING = "An example"
REQUEST = "Draw a digit, 0 to 9"


def example_frames(model: str, predictor: Predictor, digit: int) -> Sequence[PanelView]:
    """Return what a model makes of the example of a digit: `PARTS` + 1 moments, from the first touch to the whole.

    For a run's model, which may change at any time, there is only the last moment.
    """
    return _frames(model, digit) if model in MODELS else [_moment(predictor, examples()[digit])]


@Singleton
def _frames(model: str, digit: int) -> Sequence[PanelView]:
    predictor, drawing = resources.predictor_for(model), examples()[digit]
    return [_moment(predictor, first_part(drawing, part / PARTS)) for part in range(PARTS + 1)]


def _moment(predictor: Predictor, ink: Strokes) -> PanelView:
    prediction: Prediction = resources.run_inference(lambda: predictor.predict(ink))
    return panel_view([model_view(HEADING, NumberPrediction((prediction,)), REQUEST)], [prediction], predictor)
