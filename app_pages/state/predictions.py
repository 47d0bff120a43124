"""What models make of whole splits, and what follows from it: answers, features, the map, and how sure is right."""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st
import torch

from app_pages.state import canvas, own_runs, resources
from mnist_core.analysis.embedding import Plane, Survey, features, principal_plane, unit
from mnist_core.data.split import BrokenDataError, MissingDataError, Split, stamp
from mnist_core.ink.normalisation import normalise
from mnist_core.models.evaluation import Reliability, reliability

KEPT_SURVEYS = 4


@dataclass
class _Surveyed:
    """A survey with what follows from it, worked out when it is first asked for."""

    survey: Survey
    temperature: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_awaited: bool = False

    def step(self) -> None:
        """Look at the next batch; the page and the thread that looks ahead may both do so."""
        with self.lock:
            if not self.survey.is_done:
                self.survey.step()

    @cached_property
    def probabilities(self) -> torch.Tensor:
        return torch.softmax(self.survey.logits / self.temperature, dim=1)

    @cached_property
    def plane(self) -> Plane:
        return principal_plane(self.survey.units)


class _Surveys:
    """What models made of whole splits: the last few, as one of them can take 70 MB."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[tuple[object, ...], _Surveyed] = OrderedDict()
        self.ahead = ThreadPoolExecutor(1, "ahead", initializer=torch.set_num_threads, initargs=(1,))

    def of(self, model: str, split: Split) -> _Surveyed:
        """Return a model's survey of a split, begun or done; the one asked for longest ago makes room."""
        run = resources.registry().runs.get(model)
        key = model, len(run.evaluations) if run else 0, split.name, stamp()
        with self.lock:
            if key not in self.kept:
                reader = resources.reader_of(model)
                self.kept[key] = _Surveyed(Survey(reader.model, split.images), reader.temperature)
            self.kept.move_to_end(key)
            while len(self.kept) > KEPT_SURVEYS:
                self.kept.popitem(last=False)
            return self.kept[key]


@st.cache_resource(show_spinner=False)
def _surveys() -> _Surveys:
    return _Surveys()


def _surveyed(model: str, name: str) -> _Surveyed:
    """Look through a split with a model once a model and evaluation, with progress on the page.

    A page that is left half-way goes on from there when it comes back.
    """
    split = resources.digits(name)
    found = _surveys().of(model, split)
    if found.survey.is_done:
        return found
    words = f"The model looks at all {len(split):,} {resources.SPLIT_WORDS[name]} images, once"
    bar = st.progress(found.survey.fraction, words)
    found.is_awaited = True
    while not found.survey.is_done:
        found.step()
        bar.progress(found.survey.fraction, words)
    bar.empty()
    return found


def look_ahead() -> None:
    """Look through the test split in a thread beside the page, as long as no page waits for that."""
    surveys, found = _surveys(), _surveys().of(own_runs.active_model(), resources.digits("test"))

    def go_on() -> None:
        if not found.survey.is_done and not found.is_awaited:
            found.step()
            surveys.ahead.submit(go_on)  # a step at a time, so that the process can end in between

    surveys.ahead.submit(go_on)


def survey(name: str = "test") -> Survey:
    """Return what the active model makes of a split, computed once, with progress on the page."""
    return _surveyed(own_runs.active_model(), name).survey


def predictions(model: str, name: str = "test") -> torch.Tensor:
    """Return (N, 10) probabilities of a model over a split, computed once a model and evaluation, with progress."""
    return _surveyed(model, name).probabilities


def plane() -> Plane:
    """Return the plane through the active model's features of the test split on which the map is drawn."""
    found = _surveyed(own_runs.active_model(), "test")
    with st.spinner("Laying out the map"):
        return found.plane


def answers(name: str, numbers: torch.Tensor) -> torch.Tensor:
    """Return (n, 10) probabilities of the active model for some images of a split.

    They are looked up where the whole split has been seen, and asked for at once where it has not.
    """
    split, model = resources.digits(name), own_runs.active_model()
    known = _surveys().of(model, split)
    if known.survey.is_done:
        return known.probabilities[numbers]
    reader = own_runs.active_reader()
    found: torch.Tensor = resources.at_the_desk(lambda: reader.probabilities(normalise(split.images[numbers])))
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
    reader = own_runs.active_reader()
    seen: torch.Tensor = resources.at_the_desk(lambda: unit(features(reader.model, tensors)))
    return seen[0]
