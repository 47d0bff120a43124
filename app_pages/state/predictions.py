"""Predictions of models over whole splits, and what follows from them: answers, features, the map, reliability."""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st
import torch

from app_pages.state import canvas, own_runs, resources
from app_pages.state.singletons import Singleton
from mnist_core.analysis.embedding import Plane, SplitFeatures, features, l2_normalise, principal_plane
from mnist_core.data.split import BrokenDataError, MissingDataError, Split, fingerprint
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Reliability, reliability

MAX_CACHED = 4  # models and splits


@dataclass
class _CachedFeatures:
    """A model's features of a split, and what follows from them, computed on first use."""

    split_features: SplitFeatures
    temperature: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_awaited: bool = False

    def step(self) -> None:
        """Process the next batch; the page and the background thread may both call this."""
        with self.lock:
            if not self.split_features.is_done:
                self.split_features.step()

    @cached_property
    def probabilities(self) -> torch.Tensor:
        return torch.softmax(self.split_features.logits / self.temperature, dim=1)

    @cached_property
    def plane(self) -> Plane:
        return principal_plane(self.split_features.unit_features)


class _FeatureCache:
    """The features of whole splits that were used last; only a few, because one of them can take 70 MB."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entries: OrderedDict[tuple[object, ...], _CachedFeatures] = OrderedDict()
        self.background = ThreadPoolExecutor(1, "ahead", initializer=torch.set_num_threads, initargs=(1,))

    def get(self, model: str, split: Split) -> _CachedFeatures:
        """Return a model's features of a split, complete or not; the least recently used entry is dropped."""
        run = resources.registry().runs.get(model)
        key = model, run.history.evaluation_count if run else 0, split.name, fingerprint()
        with self.lock:
            if key not in self.entries:
                predictor = resources.predictor_for(model)
                self.entries[key] = _CachedFeatures(SplitFeatures(predictor.model, split.images), predictor.temperature)
            self.entries.move_to_end(key)
            while len(self.entries) > MAX_CACHED:
                self.entries.popitem(last=False)
            return self.entries[key]


@Singleton
def feature_cache() -> _FeatureCache:
    """Return what models made of whole splits lately, for all visitors."""
    return _FeatureCache()


def _completed(model: str, name: str) -> _CachedFeatures:
    """Return a model's features of a split, computed once per model and evaluation, with progress on the page.

    When the visitor leaves the page half-way, the computation continues from there on their next visit.
    """
    split = resources.available_split(name)
    cached = feature_cache().get(model, split)
    if cached.split_features.is_done:
        return cached
    text = f"Running the model once on all {len(split):,} {resources.SPLIT_WORDS[name]} images"
    bar = st.progress(cached.split_features.fraction, text)
    cached.is_awaited = True
    while not cached.split_features.is_done:
        cached.step()
        bar.progress(cached.split_features.fraction, text)
    bar.empty()
    return cached


def look_ahead() -> None:
    """Run the active model on the test split in a background thread, until a page waits for the result itself."""
    cache = feature_cache()
    cached = cache.get(own_runs.active_model(), resources.available_split("test"))

    def continue_in_background() -> None:
        if not cached.split_features.is_done and not cached.is_awaited:
            cached.step()
            cache.background.submit(continue_in_background)  # one step per task, so that the process can end in between

    cache.background.submit(continue_in_background)


def split_features(name: str = "test") -> SplitFeatures:
    """Return the active model's features of a split, computed once, with progress on the page."""
    return _completed(own_runs.active_model(), name).split_features


def predictions(model: str, name: str = "test") -> torch.Tensor:
    """Return (N, 10) probabilities of a model over a split, computed once per model and evaluation, with progress."""
    return _completed(model, name).probabilities


def plane() -> Plane:
    """Return the plane of the map: the principal plane of the active model's features of the test split."""
    cached = _completed(own_runs.active_model(), "test")
    with st.spinner("Computing the map"):
        return cached.plane


def answers(name: str, numbers: torch.Tensor) -> torch.Tensor:
    """Return (n, 10) probabilities of the active model for some images of a split.

    They are looked up when the features of the whole split are complete, and computed when not.
    """
    split, model = resources.available_split(name), own_runs.active_model()
    cached = feature_cache().get(model, split)
    if cached.split_features.is_done:
        return cached.probabilities[numbers]
    predictor = own_runs.active_predictor()
    computed: torch.Tensor = resources.run_inference(lambda: predictor.probabilities(normalise(split.images[numbers])))
    return computed


def active_reliability() -> Reliability | None:
    """Return how well the active model's confidence fits on the second half of the test split; None without MNIST.

    The temperature of a shipped model was fitted on the first half.
    """
    try:
        test = resources.load_split("test")
    except (MissingDataError, BrokenDataError):
        return None
    half = len(test) // 2
    return reliability(predictions(own_runs.active_model())[half:], test.labels[half:])


def feature_unit(image: torch.Tensor) -> torch.Tensor:
    """Return the active model's features of an image (28, 28) uint8 as a unit vector (D,) float32."""
    return _feature_unit(normalise(image[None]))


def drawing_unit() -> torch.Tensor | None:
    """Return the active model's features of this visitor's drawing as a unit vector; None when it is blank."""
    tensor = canvas.drawn_tensor()
    return None if tensor is None else _feature_unit(tensor[None])


def _feature_unit(tensors: torch.Tensor) -> torch.Tensor:
    predictor = own_runs.active_predictor()
    units: torch.Tensor = resources.run_inference(lambda: l2_normalise(features(predictor.model, tensors)))
    return units[0]
