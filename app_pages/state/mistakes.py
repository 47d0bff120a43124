"""What the active model misreads, as far as it is known without waiting."""

import logging
import threading

from app_pages.state import own_runs, predictions, resources
from app_pages.state.singletons import Singleton
from mnist_core.analysis.mistakes import MOST_CONFIDENT, Mistakes, load_mistakes
from mnist_core.analysis.query import select
from mnist_core.data.split import Split, fingerprint
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder


class _ShippedMistakes:
    """What the shipped models misread, each file read once, and whether it is about the data at hand."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mistakes: dict[str, Mistakes | None] = {}
        self.fits: dict[str, tuple[tuple[object, ...], bool]] = {}

    def get(self, model: str) -> list[int] | None:
        """Return the numbers of the test images that a shipped model misreads, None where that is not kept."""
        if model not in MODELS or not (files := fingerprint()):
            return None
        with self.lock:
            if model not in self.mistakes:
                self.mistakes[model] = _load_or_log(model)
            if (mistakes := self.mistakes[model]) is None:
                return None
            if model not in self.fits or self.fits[model][0] != files:
                self.fits[model] = files, mistakes.is_of(resources.available_split("test"))
            return list(mistakes.numbers) if self.fits[model][1] else None


def _load_or_log(model: str) -> Mistakes | None:
    try:
        return load_mistakes(model_folder(model))
    except ValueError as error:
        logging.getLogger(__name__).warning("%s. The mistakes are computed instead.", error)
        return None


@Singleton
def shipped_mistakes() -> _ShippedMistakes:
    """Return what the shipped models misread."""
    return _ShippedMistakes()


def known_mistakes(split: Split) -> list[int] | None:
    """Return the numbers of a split's images that the active model misreads, the most confident answers first.

    Returns:
        None while they are not known: `predictions.predictions` computes what tells them.
    """
    probabilities = predictions.completed_probabilities(own_runs.active_model(), split)
    if probabilities is not None:
        return select(split.labels, probabilities, MOST_CONFIDENT).tolist()
    return shipped_mistakes().get(own_runs.active_model()) if split.name == "test" else None
