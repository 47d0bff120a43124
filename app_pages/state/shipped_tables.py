"""What is shipped beside the models because it takes long to compute, where it fits the data at hand."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from mnist_core.data.split import fingerprint
from mnist_core.models.networks import MODELS
from mnist_core.models.storage import model_folder

T = TypeVar("T")
log = logging.getLogger(__name__)


class ShippedTables(Generic[T]):
    """One table for each shipped model, read once, and whether it is of the data at hand.

    Args:
        load: reads the one in a model's folder; None when there is none, a `ValueError` when it is damaged.
        fits: tells whether one was made from the data at hand.
        instead: what happens without it, as a sentence for the log.
    """

    def __init__(self, load: Callable[[Path], T | None], fits: Callable[[T], bool], instead: str) -> None:
        self._load, self._fits, self._instead = load, fits, instead
        self._lock = threading.Lock()
        self._tables: dict[str, T | None] = {}
        self._checked: dict[str, tuple[tuple[object, ...], bool]] = {}

    def get(self, model: str) -> T | None:
        """Return the table of a shipped model for the data at hand; None when there is none, or it is damaged."""
        if model not in MODELS or not (files := fingerprint()):
            return None
        with self._lock:
            if model not in self._tables:
                self._tables[model] = self._load_or_log(model)
            if (table := self._tables[model]) is None:
                return None
            if model not in self._checked or self._checked[model][0] != files:
                self._checked[model] = files, self._fits(table)
            return table if self._checked[model][1] else None

    def _load_or_log(self, model: str) -> T | None:
        try:
            return self._load(model_folder(model))
        except ValueError as error:
            log.warning("%s. %s", error, self._instead)
            return None
