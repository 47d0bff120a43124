"""What the process keeps and all visitors share: the data, the shipped models, the runs, the inference thread."""

import functools
import gc
import logging
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from app_pages.state.examples import FIRST_EXAMPLE, examples
from app_pages.state.logs import configure_logs
from app_pages.state.singletons import Singleton
from mnist_core.analysis.pixel_statistics import PixelStatistics, mean_images, pixel_statistics
from mnist_core.data.download import Download
from mnist_core.data.split import BrokenDataError, MissingDataError, Split, fingerprint
from mnist_core.data.split import load_split as read_split
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS
from mnist_core.paths import data_root
from mnist_core.recognition.ood_detector import OODDetector, load_ood_detector
from mnist_core.recognition.predictor import Predictor
from mnist_core.runs.limits import Limits
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import load_snapshot, snapshot_temperature
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.device import pick_device

RUNS = Path(os.environ.get("RUNS_ROOT") or Path(__file__).parents[2] / "runs")
DEFAULT_MODEL = "cnn"
SPLIT_WORDS = {"test": "test", "train": "training"}
LIMITS = {  # fields of `Limits`, each with the environment variable that sets it
    "steps": "RUN_MAX_STEPS",
    "hours": "RUN_MAX_HOURS",
    "owner_mb": "VISITOR_MAX_MB",
    "total_mb": "RUNS_MAX_MB",
    "free_mb": "RUNS_MIN_FREE_MB",
}
log = logging.getLogger(__name__)


@Singleton
def warm_up() -> None:
    """Make one prediction before the first visitor needs one, then freeze the objects that live as long as the process.

    A full garbage collection with torch loaded holds the interpreter for about 100 ms, but skips frozen objects. For
    the same reason .streamlit/config.toml switches off the collection that Streamlit does after every run of a page;
    Python's automatic collection still runs.
    """
    configure_logs()
    predictor, drawing = predictor_for(DEFAULT_MODEL), examples()[FIRST_EXAMPLE]
    run_inference(lambda: predictor.predict(drawing))
    download_into(data_root())
    gc.collect()
    gc.freeze()
    log.info("ready; runs are kept in %s", RUNS)


@Singleton
def inference_thread() -> ThreadPoolExecutor:
    """Return the one thread that makes predictions for all visitors."""
    # NOTE: torch.set_num_threads applies to the thread that calls it, and to threads that start later.
    return ThreadPoolExecutor(1, "inference", initializer=torch.set_num_threads, initargs=(1,))


def run_inference(work: Callable[[], Any]) -> Any:
    """Call a function in the one thread that is kept for inference, and return its result.

    Streamlit runs a page in a new thread each time, and the first convolution in a thread costs torch up to 15 ms.
    """
    return inference_thread().submit(work).result()


def run_limits() -> Limits:
    """Return what one visitor may ask for: the defaults, or what the environment variables of `LIMITS` say.

    A value that is not a number above 0 is logged and left out.
    """
    chosen: dict[str, Any] = {}
    for field, name in LIMITS.items():
        text = os.environ.get(name, "")
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) and float(text) > 0:
            chosen[field] = float(text) if field == "hours" else max(1, int(float(text)))
        elif text:
            log.error("%s must be a number above 0, got %.40r: the default is used", name, text)
    return Limits(**chosen)


@Singleton
def registry() -> RunRegistry:
    """Return the registry of the process's runs."""
    return RunRegistry(RUNS, device=pick_device("auto"), limits=run_limits())


@Singleton
def download_into(root: Path) -> Download:
    """Return the process's download into a folder; it starts by itself when no data is there, unless MNIST_OFFLINE."""
    download = Download(root)
    if not fingerprint(root) and not os.environ.get("MNIST_OFFLINE"):
        download.start()
    return download


def load_split(name: str) -> Split:
    """Load a split once per process, and again when its files change; all visitors share it, so never write to it."""
    split: Split = _load_split(name, fingerprint())
    return split


def available_split(name: str) -> Split:
    """Return a split of the data at hand: MNIST, another data set in its format, or stand-in digits."""
    with suppress(MissingDataError, BrokenDataError):
        if fingerprint():  # without data the call would fail, uncached, and show its spinner every time
            return load_split(name)
    train, test = _standins()
    return train if name == train.name else test


def class_names() -> tuple[str, ...]:
    """Return the names of the ten classes: the digits, or the garments of Fashion-MNIST."""
    return available_split("test").classes


def splits_loader() -> Callable[[], tuple[Split, Split]]:
    """Return a loader of the training and the test split that works in a run's own thread, which has no page."""
    train, test = available_split("train"), available_split("test")
    return lambda: (train, test)


@st.cache_resource(show_spinner="Drawing stand-in digits")
def _standins() -> tuple[Split, Split]:
    return standin_splits()


@st.cache_resource(show_spinner="Loading MNIST", max_entries=4)
def _load_split(name: str, fingerprint: tuple[object, ...]) -> Split:  # noqa: ARG001 - part of the cache key
    split = read_split(name)
    gc.freeze()
    return split


def pixel_averages(name: str) -> tuple[torch.Tensor, PixelStatistics]:
    """Return the mean image of each class of a split, (10, 28, 28) in [0, 1], and the statistics of all its pixels."""
    averages: tuple[torch.Tensor, PixelStatistics] = _averages(name, fingerprint())
    return averages


@st.cache_resource(show_spinner="Averaging the images", max_entries=4)
def _averages(name: str, fingerprint: tuple[object, ...]) -> tuple[torch.Tensor, PixelStatistics]:  # noqa: ARG001
    split = available_split(name)
    return mean_images(split), pixel_statistics(split.images)


@Singleton
def shipped_model(name: str) -> storage.TrainedModel:
    """Load a shipped model once per process."""
    return storage.load_trained(storage.model_folder(name))


@Singleton
def ood_detector() -> OODDetector:
    """Load the shipped out-of-distribution (OOD) detector once per process."""
    return load_ood_detector()


def predictor_for(model: str) -> Predictor:
    """Return the predictor of a shipped model or a run by its name, or the default model's when there is none yet."""
    run = registry().runs.get(model)
    if run and run.latest_model is not None:
        return Predictor(run.latest_model, ood_detector(), run.temperature)
    return Predictor.of(shipped_model(model if model in MODELS else DEFAULT_MODEL), ood_detector())


@functools.lru_cache(maxsize=16)
def predictor_after(config: TrainConfig, step: int, folder: Path | None) -> Predictor:
    """Return the predictor with a model as it was after a step of its training.

    Args:
        config: of the training.
        step: one of a run's snapshots, or 0 for the initial weights.
        folder: of the run, None for a shipped model.

    Raises:
        ValueError: the weights of that step are missing or damaged.
    """
    if not step or not folder:
        return Predictor(config.build_model().eval(), ood_detector())
    return Predictor(load_snapshot(folder, config, step), ood_detector(), snapshot_temperature(folder, step))


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _snapshot_probabilities(folder: Path, config: TrainConfig, step: int, tensors: bytes) -> list[list[float]]:
    inputs = torch.frombuffer(bytearray(tensors), dtype=torch.float32).reshape(-1, 1, 28, 28)
    predictor = predictor_after(config, step, folder)
    answers: list[list[float]] = run_inference(lambda: predictor.probabilities(inputs).tolist())
    return answers


def snapshot_probabilities(run: Run, step: int, tensors: torch.Tensor) -> list[list[float]]:
    """Return the ten probabilities per tensor of (N, 1, 28, 28) that a run's model gave after a step.

    Raises:
        ValueError: the run does not keep the weights of that step.
    """
    return _snapshot_probabilities(run.folder, run.config, step, tensors.contiguous().numpy().tobytes())
