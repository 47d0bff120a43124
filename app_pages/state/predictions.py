"""Predictions of models over whole splits, and what follows from them: answers, features, the map, reliability.

A background thread computes them. While they are not complete, the functions below show progress on the page and return
None; the page runs again when they are.
"""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property

import torch

from app_pages.state import drawn, own_runs, resources
from app_pages.state.background import Background
from app_pages.state.shipped_tables import ShippedTables
from app_pages.state.singletons import Singleton
from app_pages.state.waiting import wait_on_page
from mnist_core.analysis.embedding import (
    Neighbours,
    Plane,
    SplitFeatures,
    features,
    l2_normalise,
    nearest_neighbours,
    principal_plane,
)
from mnist_core.analysis.neighbour_table import NeighbourTable, load_table
from mnist_core.data.split import Split, fingerprint
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Reliability, reliability
from mnist_core.recognition.predictor import Predictor

MAX_CACHED = 4  # models and splits; one of them can take 70 MB
FRESH = 10.0  # s for which the features of a run's model are shown although its training has gone on


@dataclass
class PredictedSplit:
    """A model's features of a split, computed step by step, and what follows from them, computed on first use.

    Attributes:
        split_features: the features, complete or not.
        predictor: the one with the model.
        evaluations: of the model's run so far, 0 for a shipped model.
        wants_plane: True when somebody asked for the plane, which then takes one more step.
        plane: the plane of the map.
        completed_at: time.monotonic() of the last step.
    """

    split_features: SplitFeatures
    predictor: Predictor
    evaluations: int
    wants_plane: bool = False
    plane: Plane | None = None
    completed_at: float = field(default=float("inf"))

    @property
    def is_done(self) -> bool:
        """True when no step is left."""
        return self.split_features.is_done and (self.plane is not None or not self.wants_plane)

    @property
    def fraction(self) -> float:
        """The fraction of images processed so far, in [0, 1]."""
        return self.split_features.fraction

    def step(self) -> None:
        """Process the next batch, or else fit the plane."""
        if not self.split_features.is_done:
            self.split_features.step()
        else:
            self.plane = principal_plane(self.split_features.unit_features)
        if self.split_features.is_done:
            self.completed_at = time.monotonic()

    @cached_property
    def probabilities(self) -> torch.Tensor:
        """The model's probabilities, (N, 10) float32; only when the features are complete."""
        return torch.softmax(self.split_features.logits / self.predictor.temperature, dim=1)


@Singleton
def predicted_splits() -> Background[PredictedSplit]:
    """Return what models made of whole splits lately, for all visitors."""
    return Background(MAX_CACHED)


def _key(model: str, split: Split, step: int | None = None) -> Hashable:
    return model, split.name, fingerprint(), step


def _evaluations(model: str) -> int:
    run = resources.registry().runs.get(model)
    return run.history.evaluation_count if run else 0


def predicted_split(
    model: str, split: Split, *, step: int | None = None, is_awaited: bool = False
) -> PredictedSplit | None:
    """Return a model's predictions of a split, complete or not, and begin them if nobody has.

    A run that is still training gets a new model again and again. What was begun for one of them is used until it is
    `FRESH` seconds old, or else a page could wait for ever. What a model was after a step does not change.

    Args:
        model: a shipped model or a run.
        split: the images.
        step: of the model's training, 0 for its initial weights; None for the latest.
        is_awaited: whether a visitor waits for it, see `Background`.

    Returns:
        None when there is no place for them yet, see `Background`.
    """
    run, evaluations = resources.registry().runs.get(model), _evaluations(model)

    def make() -> PredictedSplit:
        predictor = resources.predictor_for(model) if step is None else _predictor_after(model, step)
        return PredictedSplit(SplitFeatures(predictor.model, split.images), predictor, evaluations)

    def is_current(predicted: PredictedSplit) -> bool:
        is_fresh = time.monotonic() < predicted.completed_at + FRESH
        return (
            step is not None
            or predicted.evaluations == evaluations
            or (run is not None and run.state.is_alive and is_fresh)
        )

    return predicted_splits().get(_key(model, split, step), make, is_current=is_current, is_awaited=is_awaited)


def _predictor_after(model: str, step: int) -> Predictor:
    run = resources.registry().runs.get(model)
    config = run.config if run else resources.shipped_model(model).config
    return resources.predictor_after(config, step, run.folder if run else None)


def _completed(model: str, name: str, *, with_plane: bool = False, step: int | None = None) -> PredictedSplit | None:
    """Return a model's predictions of a split when they are complete; until then show progress, which refreshes itself.

    Args:
        model: a shipped model or a run.
        name: of the split.
        with_plane: whether to wait for the plane of the map as well.
        step: see `predicted_split`.
    """
    split = resources.available_split(name)

    def ask() -> PredictedSplit | None:
        predicted = predicted_split(model, split, step=step, is_awaited=True)
        if predicted and with_plane and not predicted.wants_plane:
            predicted.wants_plane = True
            predicted_splits().resume()
        return predicted

    def is_ready(predicted: PredictedSplit) -> bool:
        return predicted.split_features.is_done and (predicted.plane is not None or not with_plane)

    return wait_on_page(
        ask, is_ready, f"Running the model once on all {len(split):,} {resources.SPLIT_WORDS[name]} images"
    )


def look_ahead() -> None:
    """Begin the active model's predictions of the test split, which many views of Browse need, if there is a place."""
    predicted_split(own_runs.active_model(), resources.available_split("test"))


def predictions(model: str, name: str = "test") -> torch.Tensor | None:
    """Return (N, 10) probabilities of a model over a split; None while they are computed, with progress on the page."""
    predicted = _completed(model, name)
    return predicted.probabilities if predicted else None


def features_and_plane() -> tuple[torch.Tensor, Plane] | None:
    """Return the active model's features of the test split, (N, D) float16 of length 1, and the plane of the map.

    The plane is the principal plane of these features. None while they are computed, with progress on the page.
    """
    mapped = mapped_split(None)
    return mapped and (mapped[0].split_features.unit_features, mapped[1])


def mapped_split(step: int | None) -> tuple[PredictedSplit, Plane] | None:
    """Return what the active model made of the test split after a step of its training, and the plane of its features.

    Args:
        step: 0 for the initial weights, None for the latest.

    Returns:
        None while it is computed, with progress on the page.
    """
    predicted = _completed(own_runs.active_model(), "test", with_plane=True, step=step)
    return None if predicted is None or predicted.plane is None else (predicted, predicted.plane)


@Singleton
def neighbour_tables() -> ShippedTables[NeighbourTable]:
    """Return the shipped models' tables of neighbours."""
    return ShippedTables(
        load_table,
        lambda table: table.is_of([resources.available_split(name) for name in resources.SPLIT_WORDS]),
        "Neighbours are computed instead.",
    )


def similar_training_images(split: Split, number: int) -> tuple[Neighbours, int] | None:
    """Return the ten training images most similar to an image of a split, and how many features were compared.

    For the shipped models and MNIST they are looked up; otherwise the active model runs on all training images first.
    None meanwhile, with progress on the page.
    """
    model, train = own_runs.active_model(), resources.available_split("train")
    if table := neighbour_tables().get(model):
        indices = table.of(split.name, number)
        images = torch.cat([split.images[[number]], train.images[indices]])
        units = _unit_features(own_runs.active_predictor(), normalise(images))
        return Neighbours(indices, (units[1:] @ units[0]).tolist()), units.shape[1]
    predicted = _completed(model, "train")
    if predicted is None:
        return None
    unit = _unit_features(predicted.predictor, normalise(split.images[[number]]))[0]
    exclude = number if split.name == train.name else None
    return nearest_neighbours(predicted.split_features.unit_features, unit, exclude=exclude), len(unit)


def completed_probabilities(model: str, split: Split) -> torch.Tensor | None:
    """Return (N, 10) probabilities of a model over a split when they are there already; None when not."""
    predicted = predicted_splits().peek(_key(model, split))
    if predicted and predicted.split_features.is_done and predicted.evaluations == _evaluations(model):
        return predicted.probabilities
    return None


def answers(name: str, numbers: torch.Tensor) -> torch.Tensor:
    """Return (n, 10) probabilities of the active model for some images of a split.

    They are looked up when the features of the whole split are complete, and computed when not.
    """
    split = resources.available_split(name)
    probabilities = completed_probabilities(own_runs.active_model(), split)
    if probabilities is not None:
        return probabilities[numbers]
    predictor = own_runs.active_predictor()
    computed: torch.Tensor = resources.run_inference(lambda: predictor.probabilities(normalise(split.images[numbers])))
    return computed


def active_reliability() -> Reliability | None:
    """Return how well the active model's confidence fits on the second half of the test split.

    The temperature of a shipped model was fitted on the first half. None while the predictions are computed, with
    progress on the page.

    Raises:
        MissingDataError: there is no MNIST.
        BrokenDataError: it is damaged.
    """
    test = resources.load_split("test")
    half = len(test) // 2
    probabilities = predictions(own_runs.active_model())
    return None if probabilities is None else reliability(probabilities[half:], test.labels[half:])


def drawing_unit() -> torch.Tensor | None:
    """Return the active model's features of this visitor's drawing as a unit vector (D,); None when it is blank."""
    tensor = drawn.drawn_tensor()
    return None if tensor is None else _unit_features(own_runs.active_predictor(), tensor[None])[0]


def _unit_features(predictor: Predictor, tensors: torch.Tensor) -> torch.Tensor:
    units: torch.Tensor = resources.run_inference(lambda: l2_normalise(features(predictor.model, tensors)))
    return units
