"""What the models say about the ink, in the words of the answer panel."""

from collections.abc import Sequence

from app_pages.components.answer_panel import ANSWER, BLANK, DOUBT, DigitView, InputView, ModelView, PanelView
from app_pages.components.html import data_url, percent
from mnist_core.formatting import with_article
from mnist_core.recognition.predictor import NumberPrediction, Prediction, Predictor

NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}
HEADING = "The model's answer"
NO_DIGIT = "Probably not a digit"
CAPTION = "Your ink as a 28 × 28 picture, prepared like MNIST."
THICK = "Its lines are thick, so the model reads it twice: with the lines redrawn, and with the ink worn thinner."


def model_view(name: str, number: NumberPrediction, request: str) -> ModelView:
    """Return what one model says about the digits in a drawing or a photo.

    Args:
        name: the heading over it.
        number: its predictions.
        request: what to ask of the visitor while there is no digit.
    """
    digits = [each for each in number.digits if each.label is not None]
    views = [DigitView(str(each.label), each.probabilities) for each in digits]
    if not views:
        return ModelView(name, BLANK, request)
    doubtful = sum(not each.is_digit for each in digits)
    if len(views) == 1:
        sure = percent(digits[0].probability, escaped=False)
        if doubtful:
            return ModelView(name, DOUBT, NO_DIGIT, views, before=f"Most like ({sure}):")
        second = digits[0].second
        also = "" if second is None else f", or {with_article(second)}"
        return ModelView(name, ANSWER, f"{sure} sure{also}", views)
    if doubtful == len(views):
        return ModelView(name, DOUBT, "Probably not digits", views, before="Most like:")
    doubt = ", but probably not all of them are digits" if doubtful else ""
    return ModelView(name, ANSWER, f"{len(views)} digits in a row{doubt}. {_what_was_done(number)}".strip(), views)


def _what_was_done(number: NumberPrediction) -> str:
    """Return a sentence about digits that touch; "" where all lie apart."""
    if number.cuts:
        lines = "A line was" if number.cuts == 1 else f"{number.cuts} lines were"
        return f"{lines} cut where two digits join."
    return "Some touch and were told apart by their strokes." if number.touching else ""


def input_view(prediction: Prediction, predictor: Predictor) -> InputView | None:
    """Return what a model sees of one digit; None for blank ink."""
    if prediction.stages is None:
        return None
    pictures = prediction.stages.pictures
    views = [view for picture in pictures for view in predictor.views(picture)]
    if len(views) < 2:
        return InputView(data_url(pictures[0]), (), CAPTION)
    rotated = len(views) // len(pictures)
    looks = f"{NUMBER_WORDS.get(rotated, str(rotated))} times, slightly rotated each time"
    if len(pictures) > 1:
        caption = f"{CAPTION} {THICK}" + (f" It looks at both {looks}." if rotated > 1 else "")
    else:
        caption = f"{CAPTION} The model looks {looks}."
    return InputView(data_url(pictures[0]), [data_url(view) for view in views], caption)


def panel_view(models: Sequence[ModelView], digits: Sequence[Prediction], predictor: Predictor) -> PanelView:
    """Return what the panel shows: the models' answers, and each digit as the first model sees it."""
    inputs = (input_view(digit, predictor) for digit in digits)
    return PanelView(models, [view for view in inputs if view])
