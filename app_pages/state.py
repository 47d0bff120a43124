"""What the pages remember: the one holder of session state and of caches, and the heading that every page shares."""

import gc
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st
import torch

from app_pages.data_panel import data_panel
from app_pages.visitor import visitor_token
from mnist_core import data, storage
from mnist_core.averages import PixelStatistics, mean_images, pixel_statistics
from mnist_core.config import TrainConfig
from mnist_core.device import pick_device
from mnist_core.download import Download
from mnist_core.evaluation import Reliability, reliability
from mnist_core.explain import Plane, Survey, features, principal_plane, unit
from mnist_core.gate import Gate, load_gate
from mnist_core.ink import normalise, prepare
from mnist_core.models import MODELS
from mnist_core.moments import load_moment
from mnist_core.reading import Reader, Reading
from mnist_core.run import Run
from mnist_core.runs import RunRegistry
from mnist_core.strokes import BRUSH, Strokes, parse_strokes, strokes_from_fabric
from mnist_core.synthetic import SOURCE, standin_splits

RUNS = Path(os.environ.get("RUNS_ROOT") or Path(__file__).parent.parent / "runs")
MODEL_NAMES = {"linear": "Linear", "mlp": "MLP", "cnn": "CNN"}
DEFAULT_MODEL = "cnn"
NOT_HERE = "MNIST, its 70,000 digits, is not here yet."
GET_IT = "Download it here, or with `python -m mnist_core data`."
SPLIT_WORDS = {"test": "test", "train": "training"}
KEPT_SURVEYS = 4
EXAMPLES = storage.ASSETS / "examples.jsonl"  # ten digits, 0 to 9, as strokes
FIRST_EXAMPLE = 1


@dataclass
class Session:
    """What one visitor did.

    Attributes:
        visitor: an opaque token, see `visitor`; a visitor's runs carry it.
        drawing: the Fabric.js drawing as the canvas last sent it.
        restored: the drawing that the canvas on the screen began with.
        canvas: counts the canvases shown; a new number makes a new canvas.
        canvas_visit: the visit of a page that the canvas on the screen belongs to.
        brush: the width of the next stroke, in canvas px.
        left_out: the steps of the ink's recipe that are switched off.
        run: the run that the Train page shows.
        next_model: the model to become active when the next heading is shown.
        page: the page shown last.
        visits: counts the changes of page.
        browsed: what the Browse page showed last, so that another choice can begin on its first page.
        browse_leaves: True when the Browse page has to go to the canvas.
        browse_kept: what was chosen on the Browse page when it went there.
        browse_follows: True when the Browse page has to turn to the page that holds the opened image.
    """

    visitor: str = field(default_factory=visitor_token)
    drawing: dict[str, Any] | None = None
    restored: dict[str, Any] | None = None
    canvas: int = 0
    canvas_visit: int = 0
    brush: int = BRUSH
    left_out: frozenset[str] = frozenset()
    run: str = ""
    next_model: str = ""
    page: str = ""
    visits: int = 0
    browsed: object = None
    browse_leaves: bool = False
    browse_kept: dict[str, Any] = field(default_factory=dict)
    browse_follows: bool = False

    @property
    def canvas_key(self) -> str:
        """The key of the canvas on the screen."""
        return f"draw_canvas_{self.canvas}"


def session() -> Session:
    """Return this visitor's session."""
    if "session" not in st.session_state:
        st.session_state.session = Session()
    found: Session = st.session_state.session
    return found


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Answer once before the first visitor asks, then keep the garbage collector off what stays for good.

    A full collection with torch loaded holds the interpreter for about 100 ms; frozen objects are passed over. For the
    same reason Streamlit's own, after every run of a page, is switched off in .streamlit/config.toml: Python collects
    when enough has gathered.
    """
    reader, drawing = reader_of(DEFAULT_MODEL), _examples()[FIRST_EXAMPLE]
    at_the_desk(lambda: reader.read(drawing))
    download_into(data.data_root())
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _desk() -> ThreadPoolExecutor:
    # NOTE: the number of torch's threads belongs to the thread that sets it, and to those that begin later.
    return ThreadPoolExecutor(1, "desk", initializer=torch.set_num_threads, initargs=(1,))


def at_the_desk(work: Callable[[], Any]) -> Any:
    """Do some reading in the one thread that is kept for it, and return what comes of it.

    Streamlit runs a page in a new thread each time, and a thread's first convolution costs torch up to 15 ms.
    """
    return _desk().submit(work).result()


@st.cache_resource(show_spinner=False)
def registry() -> RunRegistry:
    """Return the process's runs."""
    return RunRegistry(RUNS, device=pick_device("auto"))


@st.cache_resource(show_spinner=False)
def download_into(root: Path) -> Download:
    """Return the process's download into a folder; it begins by itself where nothing is, but for MNIST_OFFLINE."""
    download = Download(root)
    if not data.stamp(root) and not os.environ.get("MNIST_OFFLINE"):
        download.start()
    return download


def load_split(name: str) -> data.Split:
    """Read a split once a process, and again when its files change; all visitors share it and nobody writes to it."""
    found: data.Split = _load_split(name, data.stamp())
    return found


def digits(name: str) -> data.Split:
    """Return a split of what there is: MNIST, another set in its format, or stand-in digits."""
    with suppress(data.MissingDataError, data.BrokenDataError):
        if data.stamp():  # else a page that asks often would show a spinner as often: failures are not cached
            return load_split(name)
    train, test = _standins()
    return train if name == train.name else test


def class_names() -> tuple[str, ...]:
    """Return what the ten labels are called: the digits, or the garments of Fashion-MNIST."""
    return digits("test").classes


@st.cache_resource(show_spinner="Writing stand-in digits")
def _standins() -> tuple[data.Split, data.Split]:
    return standin_splits()


@st.cache_resource(show_spinner="Reading MNIST", max_entries=4)
def _load_split(name: str, stamp: tuple[object, ...]) -> data.Split:  # noqa: ARG001 - a part of the cache's key
    split = data.load_split(name)
    gc.freeze()
    return split


@st.cache_resource(show_spinner=False)
def shipped(name: str) -> storage.TrainedModel:
    """Load a shipped model once a process."""
    return storage.load_trained(storage.model_folder(name))


@st.cache_resource(show_spinner=False)
def gate() -> Gate:
    """Load the gate, which says what is probably no digit, once a process."""
    return load_gate()


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
    """What models made of whole splits: the last few, as one of them can take 125 MB."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[tuple[object, ...], _Surveyed] = OrderedDict()
        self.ahead = ThreadPoolExecutor(1, "ahead", initializer=torch.set_num_threads, initargs=(1,))

    def of(self, model: str, split: data.Split) -> _Surveyed:
        """Return a model's survey of a split, begun or done; the one asked for longest ago makes room."""
        run = registry().runs.get(model)
        key = model, len(run.evaluations) if run else 0, split.name, data.stamp()
        with self.lock:
            if key not in self.kept:
                reader = reader_of(model)
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
    split = digits(name)
    found = _surveys().of(model, split)
    if found.survey.is_done:
        return found
    words = f"The model looks at all {len(split):,} {SPLIT_WORDS[name]} images, once"
    bar = st.progress(found.survey.fraction, words)
    found.is_awaited = True
    while not found.survey.is_done:
        found.step()
        bar.progress(found.survey.fraction, words)
    bar.empty()
    return found


def look_ahead() -> None:
    """Look through the test split in a thread beside the page, as long as no page waits for that."""
    surveys, found = _surveys(), _surveys().of(active_model(), digits("test"))

    def go_on() -> None:
        if not found.survey.is_done and not found.is_awaited:
            found.step()
            surveys.ahead.submit(go_on)  # a step at a time, so that the process can end in between

    surveys.ahead.submit(go_on)


def survey(name: str = "test") -> Survey:
    """Return what the active model makes of a split, computed once, with progress on the page."""
    return _surveyed(active_model(), name).survey


def predictions(model: str, name: str = "test") -> torch.Tensor:
    """Return (N, 10) probabilities of a model over a split, computed once a model and evaluation, with progress."""
    return _surveyed(model, name).probabilities


def plane() -> Plane:
    """Return the plane through the active model's features of the test split on which the map is drawn."""
    found = _surveyed(active_model(), "test")
    with st.spinner("Laying out the map"):
        return found.plane


def answers(name: str, numbers: torch.Tensor) -> torch.Tensor:
    """Return (n, 10) probabilities of the active model for some images of a split.

    They are looked up where the whole split has been seen, and asked for at once where it has not.
    """
    split, model = digits(name), active_model()
    known = _surveys().of(model, split)
    if known.survey.is_done:
        return known.probabilities[numbers]
    reader = active_reader()
    found: torch.Tensor = at_the_desk(lambda: reader.probabilities(normalise(split.images[numbers])))
    return found


def feature_unit(image: torch.Tensor) -> torch.Tensor:
    """Return the active model's features of an image (28, 28) uint8: (D,) float32 of length 1."""
    return _feature_unit(normalise(image[None]))


def canvas_drawing() -> dict[str, Any] | None:
    """Return this visitor's drawing as Fabric.js keeps it, up to the last stroke that the canvas sent.

    NOTE: what the canvas returns when it is shown comes too late for an answer that is to be sent before it.
    """
    here = session()
    if here.canvas_visit != here.visits:  # back from another page: a new canvas begins with what was drawn
        here.canvas_visit = here.visits
        show_on_canvas(here.drawing)
    sent = st.session_state.get(here.canvas_key, {}).get("drawing")
    if sent:
        here.drawing = sent["raw"]
    return here.drawing


def drawing_unit() -> torch.Tensor | None:
    """Return the active model's features of this visitor's drawing, (D,) float32 of length 1; None when it is blank."""
    stages = prepare(strokes_from_fabric(session().drawing))
    return None if stages is None else _feature_unit(stages.tensor[None])


def _feature_unit(tensors: torch.Tensor) -> torch.Tensor:
    reader = active_reader()
    seen: torch.Tensor = at_the_desk(lambda: unit(features(reader.model, tensors)))
    return seen[0]


def averages(name: str) -> tuple[torch.Tensor, PixelStatistics]:
    """Return the mean image of each class of a split, (10, 28, 28) in [0, 1], and what all its pixels are like."""
    found: tuple[torch.Tensor, PixelStatistics] = _averages(name, data.stamp())
    return found


@st.cache_resource(show_spinner="Averaging the images", max_entries=4)
def _averages(name: str, stamp: tuple[object, ...]) -> tuple[torch.Tensor, PixelStatistics]:  # noqa: ARG001 - the key
    split = digits(name)
    return mean_images(split), pixel_statistics(split.images)


def active_reliability() -> Reliability | None:
    """Return how well the active model's confidence fits, on the second half of the test split; None without MNIST.

    The first half is what the temperature of a shipped model was fitted on.
    """
    try:
        test = load_split("test")
    except (data.MissingDataError, data.BrokenDataError):
        return None
    half = len(test) // 2
    return reliability(predictions(active_model())[half:], test.labels[half:])


def reader_of(model: str) -> Reader:
    """Return the reader of a shipped model or a run, by its name; one that has nothing to say yet gives the default."""
    run = registry().runs.get(model)
    if run and run.snapshot is not None:
        return Reader(run.snapshot, gate(), run.temperature)
    return Reader.of(shipped(model if model in MODELS else DEFAULT_MODEL), gate())


def visible_runs() -> list[Run]:
    """Return this visitor's runs, and the one whose address was sent to them, the newest first."""
    runs = registry().owned_by(session().visitor)
    shared = registry().runs.get(st.query_params.get("run", "") or session().run)
    return [*runs, shared] if shared and shared not in runs else runs


def is_mine(run: Run) -> bool:
    """True when this visitor started a run; others who have its address may only look at it and use its model."""
    return run.owner == session().visitor


def choose_run(name: str) -> None:
    """Show a run on the Train page, and put its address into the URL."""
    session().run = name


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _answers_then(folder: Path, config: TrainConfig, step: int, tensors: bytes) -> list[list[float]]:
    inputs = torch.frombuffer(bytearray(tensors), dtype=torch.float32).reshape(-1, 1, 28, 28)
    reader = Reader(load_moment(folder, config, step), gate())
    answers: list[list[float]] = at_the_desk(lambda: reader.probabilities(inputs).tolist())
    return answers


def answers_then(run: Run, step: int, tensors: torch.Tensor) -> list[list[float]]:
    """Return what a run's model made of (N, 1, 28, 28) tensors after a step: ten probabilities each.

    Raises:
        ValueError: the run does not keep that step's weights.
    """
    return _answers_then(run.folder, run.config, step, tensors.contiguous().numpy().tobytes())


def drawn_tensor() -> torch.Tensor | None:
    """Return the visitor's last drawing as a model takes it, (1, 28, 28) float32, or None without one."""
    drawing = session().drawing
    stages = prepare(strokes_from_fabric(drawing)) if drawing else None
    return stages.tensor if stages else None


def take_up(run: Run) -> None:
    """Let an interrupted run go on; it remains its owner's."""
    registry().take_up(run, both_splits())


def delete_run(run: Run) -> None:
    """Remove one of this visitor's runs for good, and show another."""
    assert is_mine(run), "only its owner is shown the button"
    registry().delete(run)
    session().run = ""
    st.query_params.pop("run", None)


def choose_from_list(key: str, names: list[str]) -> None:
    """Let the visitor choose the run to show from a list, which follows a run that is chosen elsewhere."""
    st.session_state[key] = session().run
    st.selectbox("Run", names, key=key, on_change=lambda: choose_run(st.session_state[key]))


def shown_run() -> Run | None:
    """Return the run that the Train page shows: the one chosen, else the newest."""
    runs = {run.name: run for run in visible_runs()}
    found = runs.get(session().run or st.query_params.get("run", "")) or next(iter(runs.values()), None)
    if found:
        st.query_params["run"] = session().run = found.name
    return found


def usable_models() -> dict[str, str]:
    """Return the models that can read, from name to what people see."""
    runs = [run for run in visible_runs() if run.snapshot is not None]
    return MODEL_NAMES | {
        run.name: f"Run {run.name}" + (", still training" if run.state.is_alive else "") for run in runs
    }


def active_model() -> str:
    """Return the name of the model that every page uses, chosen in `heading`."""
    chosen = st.session_state.get("model", DEFAULT_MODEL)
    return chosen if chosen in usable_models() else DEFAULT_MODEL


def choose_model(name: str) -> None:
    """Make a model the active one from the next page on."""
    session().next_model = name


def active_reader() -> Reader:
    """Return the reader of the active model."""
    return reader_of(active_model())


def example_reading() -> Reading:
    """Return what the active model makes of an example, another one on each visit of the page."""
    reader, drawing = active_reader(), example()
    found: Reading = at_the_desk(lambda: reader.read(drawing))
    return found


def example() -> Strokes:
    """Return the strokes of this visit's example."""
    drawings = _examples()
    return drawings[(FIRST_EXAMPLE + session().visits) % len(drawings)]


@st.cache_resource(show_spinner=False)
def _examples() -> list[Strokes]:
    return [parse_strokes(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def show_on_canvas(drawing: dict[str, Any] | None) -> None:
    """Put a Fabric.js drawing, or None for an empty one, on a new canvas.

    NOTE: the canvas must never be fed what it just sent, or it draws and sends it again without end.
    """
    here = session()
    here.drawing = here.restored = drawing
    here.canvas += 1


def undo_stroke() -> None:
    """Take back the last stroke, also one that no page has shown yet."""
    drawn = canvas_drawing() or {}
    show_on_canvas({**drawn, "objects": drawn.get("objects", [])[:-1]})


def flip_step(step: str) -> None:
    """Switch a step of the ink's recipe off, or on again."""
    session().left_out ^= {step}


def heading(title: str, sentence: str) -> None:
    """Show a page's title and what it is for, beside the choice of the active model."""
    here = session()
    here.visits += here.page != title
    here.page = title
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        words, choice = st.container(width="stretch", gap="small"), st.container(width=240)
    words.title(title, anchor=False)
    words.markdown(sentence)
    models = usable_models()
    if here.next_model in models:
        st.session_state.model, here.next_model = here.next_model, ""
    elif st.session_state.get("model") not in models:
        st.session_state.model = (
            st.query_params.get("model") if st.query_params.get("model") in models else DEFAULT_MODEL
        )
    choice.selectbox(
        "Model in use",
        list(models),
        format_func=lambda name: models.get(name, name),
        key="model",
        help="Every page uses this model. Those you train appear here too.",
        persist_state="session",
    )
    st.query_params["model"] = st.session_state.model


def split_or_standin(name: str) -> data.Split:
    """Return a split; where it is of stand-in digits, say so, say why, and offer the ways to MNIST."""
    try:
        return load_split(name)
    except (data.MissingDataError, data.BrokenDataError) as error:
        offer_mnist(f"**{SOURCE[0].upper()}{SOURCE[1:]}**, written by a parametric pen.", error)
        return digits(name)


def offer_mnist(shown: str, error: Exception) -> None:
    """Say what a page shows instead of MNIST and why, and offer the ways to MNIST."""
    reason = str(error).replace(data.GET_IT, GET_IT) if data.stamp() else f"{NOT_HERE} {GET_IT}"
    data_panel(f"{shown} {reason}", download_into(data.data_root()))


def both_splits() -> Callable[[], tuple[data.Split, data.Split]]:
    """Return a loader of the training and the test split for a run's own thread, which has no page."""
    train, test = digits("train"), digits("test")
    return lambda: (train, test)
