"""What the process keeps and all visitors share: the digits, the shipped models, the runs, the thread that reads."""

import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from mnist_core.analysis.pixel_statistics import PixelStatistics, mean_images, pixel_statistics
from mnist_core.data.download import Download
from mnist_core.data.split import BrokenDataError, MissingDataError, Split, fingerprint
from mnist_core.data.split import load_split as read_split
from mnist_core.ink.strokes import Strokes, parse_strokes
from mnist_core.models import storage
from mnist_core.models.config import TrainConfig
from mnist_core.models.networks import MODELS
from mnist_core.paths import ASSETS, data_root
from mnist_core.recognition.ood_detector import OODDetector, load_ood_detector
from mnist_core.recognition.predictor import Predictor
from mnist_core.runs.registry import RunRegistry
from mnist_core.runs.run import Run
from mnist_core.runs.snapshots import load_snapshot, snapshot_temperature
from mnist_core.synthetic.splits import standin_splits
from mnist_core.training.device import pick_device

RUNS = Path(os.environ.get("RUNS_ROOT") or Path(__file__).parents[2] / "runs")
DEFAULT_MODEL = "cnn"
SPLIT_WORDS = {"test": "test", "train": "training"}
EXAMPLES = ASSETS / "examples.jsonl"  # ten digits, 0 to 9, as strokes
FIRST_EXAMPLE = 1


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Answer once before the first visitor asks, then keep the garbage collector off what stays for good.

    A full collection with torch loaded holds the interpreter for about 100 ms; frozen objects are passed over. For the
    same reason Streamlit's own, after every run of a page, is switched off in .streamlit/config.toml: Python collects
    when enough has gathered.
    """
    predictor, drawing = predictor_for(DEFAULT_MODEL), examples()[FIRST_EXAMPLE]
    run_inference(lambda: predictor.predict(drawing))
    download_into(data_root())
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _inference_thread() -> ThreadPoolExecutor:
    # NOTE: the number of torch's threads belongs to the thread that sets it, and to those that begin later.
    return ThreadPoolExecutor(1, "desk", initializer=torch.set_num_threads, initargs=(1,))


def run_inference(work: Callable[[], Any]) -> Any:
    """Do some reading in the one thread that is kept for it, and return what comes of it.

    Streamlit runs a page in a new thread each time, and a thread's first convolution costs torch up to 15 ms.
    """
    return _inference_thread().submit(work).result()


@st.cache_resource(show_spinner=False)
def registry() -> RunRegistry:
    """Return the process's runs."""
    return RunRegistry(RUNS, device=pick_device("auto"))


@st.cache_resource(show_spinner=False)
def download_into(root: Path) -> Download:
    """Return the process's download into a folder; it begins by itself where nothing is, but for MNIST_OFFLINE."""
    download = Download(root)
    if not fingerprint(root) and not os.environ.get("MNIST_OFFLINE"):
        download.start()
    return download


def load_split(name: str) -> Split:
    """Read a split once a process, and again when its files change; all visitors share it and nobody writes to it."""
    found: Split = _load_split(name, fingerprint())
    return found


def available_split(name: str) -> Split:
    """Return a split of what there is: MNIST, another set in its format, or stand-in digits."""
    with suppress(MissingDataError, BrokenDataError):
        if fingerprint():  # else a page that asks often would show a spinner as often: failures are not cached
            return load_split(name)
    train, test = _standins()
    return train if name == train.name else test


def class_names() -> tuple[str, ...]:
    """Return what the ten labels are called: the digits, or the garments of Fashion-MNIST."""
    return available_split("test").classes


def splits_loader() -> Callable[[], tuple[Split, Split]]:
    """Return a loader of the training and the test split for a run's own thread, which has no page."""
    train, test = available_split("train"), available_split("test")
    return lambda: (train, test)


@st.cache_resource(show_spinner="Writing stand-in digits")
def _standins() -> tuple[Split, Split]:
    return standin_splits()


@st.cache_resource(show_spinner="Reading MNIST", max_entries=4)
def _load_split(name: str, fingerprint: tuple[object, ...]) -> Split:  # noqa: ARG001 - a part of the cache's key
    split = read_split(name)
    gc.freeze()
    return split


def pixel_averages(name: str) -> tuple[torch.Tensor, PixelStatistics]:
    """Return the mean image of each class of a split, (10, 28, 28) in [0, 1], and what all its pixels are like."""
    found: tuple[torch.Tensor, PixelStatistics] = _averages(name, fingerprint())
    return found


@st.cache_resource(show_spinner="Averaging the images", max_entries=4)
def _averages(name: str, fingerprint: tuple[object, ...]) -> tuple[torch.Tensor, PixelStatistics]:  # noqa: ARG001 - the key
    split = available_split(name)
    return mean_images(split), pixel_statistics(split.images)


@st.cache_resource(show_spinner=False)
def shipped_model(name: str) -> storage.TrainedModel:
    """Load a shipped model once a process."""
    return storage.load_trained(storage.model_folder(name))


@st.cache_resource(show_spinner=False)
def ood_detector() -> OODDetector:
    """Load the gate, which says what is probably no digit, once a process."""
    return load_ood_detector()


def predictor_for(model: str) -> Predictor:
    """Return the reader of a shipped model or a run, by its name; one that has nothing to say yet gives the default."""
    run = registry().runs.get(model)
    if run and run.latest_model is not None:
        return Predictor(run.latest_model, ood_detector(), run.temperature)
    return Predictor.of(shipped_model(model if model in MODELS else DEFAULT_MODEL), ood_detector())


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _snapshot_probabilities(folder: Path, config: TrainConfig, step: int, tensors: bytes) -> list[list[float]]:
    inputs = torch.frombuffer(bytearray(tensors), dtype=torch.float32).reshape(-1, 1, 28, 28)
    predictor = Predictor(load_snapshot(folder, config, step), ood_detector(), snapshot_temperature(folder, step))
    answers: list[list[float]] = run_inference(lambda: predictor.probabilities(inputs).tolist())
    return answers


def snapshot_probabilities(run: Run, step: int, tensors: torch.Tensor) -> list[list[float]]:
    """Return what a run's model made of (N, 1, 28, 28) tensors after a step: ten probabilities each.

    Raises:
        ValueError: the run does not keep that step's weights.
    """
    return _snapshot_probabilities(run.folder, run.config, step, tensors.contiguous().numpy().tobytes())


@st.cache_resource(show_spinner=False)
def examples() -> list[Strokes]:
    """Return the strokes of the ten examples, 0 to 9."""
    return [parse_strokes(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
