"""What models make of whole splits, and what follows from it: answers, features, the map, and how sure is right."""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st
import torch

from app_pages.state import canvas, own_runs, resources
from mnist_core.analysis.embedding import Plane, SplitFeatures, features, l2_normalise, principal_plane
from mnist_core.data.split import BrokenDataError, MissingDataError, Split, fingerprint
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Reliability, reliability

MAX_CACHED = 4


@dataclass
class _CachedFeatures:
    """A survey with what follows from it, worked out when it is first asked for."""

    split_features: SplitFeatures
    temperature: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_awaited: bool = False

    def step(self) -> None:
        """Look at the next batch; the page and the thread that looks ahead may both do so."""
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
    """What models made of whole splits: the last few, as one of them can take 70 MB."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[tuple[object, ...], _CachedFeatures] = OrderedDict()
        self.ahead = ThreadPoolExecutor(1, "ahead", initializer=torch.set_num_threads, initargs=(1,))

    def of(self, model: str, split: Split) -> _CachedFeatures:
        """Return a model's survey of a split, begun or done; the one asked for longest ago makes room."""
        run = resources.registry().runs.get(model)
        key = model, len(run.evaluations) if run else 0, split.name, fingerprint()
        with self.lock:
            if key not in self.kept:
                predictor = resources.predictor_for(model)
                self.kept[key] = _CachedFeatures(SplitFeatures(predictor.model, split.images), predictor.temperature)
            self.kept.move_to_end(key)
            while len(self.kept) > MAX_CACHED:
                self.kept.popitem(last=False)
            return self.kept[key]


@st.cache_resource(show_spinner=False)
def _feature_cache() -> _FeatureCache:
    return _FeatureCache()


def _computed(model: str, name: str) -> _CachedFeatures:
    """Look through a split with a model once a model and evaluation, with progress on the page.

    A page that is left half-way goes on from there when it comes back.
    """
    split = resources.available_split(name)
    found = _feature_cache().of(model, split)
    if found.split_features.is_done:
        return found
    words = f"The model looks at all {len(split):,} {resources.SPLIT_WORDS[name]} images, once"
    bar = st.progress(found.split_features.fraction, words)
    found.is_awaited = True
    while not found.split_features.is_done:
        found.step()
        bar.progress(found.split_features.fraction, words)
    bar.empty()
    return found


def look_ahead() -> None:
    """Look through the test split in a thread beside the page, as long as no page waits for that."""
    surveys, found = _feature_cache(), _feature_cache().of(own_runs.active_model(), resources.available_split("test"))

    def go_on() -> None:
        if not found.split_features.is_done and not found.is_awaited:
            found.step()
            surveys.ahead.submit(go_on)  # a step at a time, so that the process can end in between

    surveys.ahead.submit(go_on)


def split_features(name: str = "test") -> SplitFeatures:
    """Return what the active model makes of a split, computed once, with progress on the page."""
    return _computed(own_runs.active_model(), name).split_features


def predictions(model: str, name: str = "test") -> torch.Tensor:
    """Return (N, 10) probabilities of a model over a split, computed once a model and evaluation, with progress."""
    return _computed(model, name).probabilities


def plane() -> Plane:
    """Return the plane through the active model's features of the test split on which the map is drawn."""
    found = _computed(own_runs.active_model(), "test")
    with st.spinner("Laying out the map"):
        return found.plane


def answers(name: str, numbers: torch.Tensor) -> torch.Tensor:
    """Return (n, 10) probabilities of the active model for some images of a split.

    They are looked up where the whole split has been seen, and asked for at once where it has not.
    """
    split, model = resources.available_split(name), own_runs.active_model()
    known = _feature_cache().of(model, split)
    if known.split_features.is_done:
        return known.probabilities[numbers]
    predictor = own_runs.active_predictor()
    found: torch.Tensor = resources.run_inference(lambda: predictor.probabilities(normalise(split.images[numbers])))
    return found


def active_reliability() -> Reliability | None:
    """Return how well the active model's confidence fits, on the second half of the test split; None without MNIST.

    The first half is what the temperature of a shipped model was fitted on.
    """
    try:
        test = resources.load_split("test")
    except (MissingDataError, BrokenDataError):
        return None
    half = len(test) // 2
    return reliability(predictions(own_runs.active_model())[half:], test.labels[half:])


def feature_unit(image: torch.Tensor) -> torch.Tensor:
    """Return the active model's features of an image (28, 28) uint8: (D,) float32 of length 1."""
    return _feature_unit(normalise(image[None]))


def drawing_unit() -> torch.Tensor | None:
    """Return the active model's features of this visitor's drawing, (D,) float32 of length 1; None when it is blank."""
    drawn = canvas.drawn_tensor()
    return None if drawn is None else _feature_unit(drawn[None])


def _feature_unit(tensors: torch.Tensor) -> torch.Tensor:
    predictor = own_runs.active_predictor()
    seen: torch.Tensor = resources.run_inference(lambda: l2_normalise(features(predictor.model, tensors)))
    return seen[0]
