"""What one visitor did and chose: the one holder of session state, and the heading that every page shares."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
import torch

from app_pages.components.visitor_cookie import visitor_token
from app_pages.state import resources
from mnist_core.ink.fabric import strokes_from_fabric
from mnist_core.ink.preprocessing import prepare
from mnist_core.ink.strokes import BRUSH, Strokes
from mnist_core.recognition.predictor import Reader, Reading
from mnist_core.runs.run import Run

MODEL_NAMES = {"linear": "Linear", "mlp": "MLP", "cnn": "CNN"}


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


def drawn_tensor() -> torch.Tensor | None:
    """Return the visitor's last drawing as a model takes it, (1, 28, 28) float32, or None without one."""
    drawing = session().drawing
    stages = prepare(strokes_from_fabric(drawing)) if drawing else None
    return stages.tensor if stages else None


def visible_runs() -> list[Run]:
    """Return this visitor's runs, and the one whose address was sent to them, the newest first."""
    runs = resources.registry().owned_by(session().visitor)
    sent = resources.registry().runs.get(st.query_params.get("run", "") or session().run)
    return [*runs, sent] if sent and sent not in runs else runs


def shown_run() -> Run | None:
    """Return the run that the Train page shows: the one chosen, else the newest."""
    runs = {run.name: run for run in visible_runs()}
    found = runs.get(session().run or st.query_params.get("run", "")) or next(iter(runs.values()), None)
    if found:
        st.query_params["run"] = session().run = found.name
    return found


def is_mine(run: Run) -> bool:
    """True when this visitor started a run; others who have its address may only look at it and use its model."""
    return run.owner == session().visitor


def choose_run(name: str) -> None:
    """Show a run on the Train page, and put its address into the URL."""
    session().run = name


def choose_from_list(key: str, names: list[str]) -> None:
    """Let the visitor choose the run to show from a list, which follows a run that is chosen elsewhere."""
    st.session_state[key] = session().run
    st.selectbox("Run", names, key=key, on_change=lambda: choose_run(st.session_state[key]))


def take_up(run: Run) -> None:
    """Let an interrupted run go on; it remains its owner's."""
    resources.registry().take_up(run, resources.both_splits())


def delete_run(run: Run) -> None:
    """Remove one of this visitor's runs for good, and show another."""
    assert is_mine(run), "only its owner is shown the button"
    resources.registry().delete(run)
    session().run = ""
    st.query_params.pop("run", None)


def usable_models() -> dict[str, str]:
    """Return the models that can read, from name to what people see."""
    runs = [run for run in visible_runs() if run.snapshot is not None]
    return MODEL_NAMES | {
        run.name: f"Run {run.name}" + (", still training" if run.state.is_alive else "") for run in runs
    }


def active_model() -> str:
    """Return the name of the model that every page uses, chosen in `heading`."""
    chosen = st.session_state.get("model", resources.DEFAULT_MODEL)
    return chosen if chosen in usable_models() else resources.DEFAULT_MODEL


def choose_model(name: str) -> None:
    """Make a model the active one from the next page on."""
    session().next_model = name


def active_reader() -> Reader:
    """Return the reader of the active model."""
    return resources.reader_of(active_model())


def example_reading() -> Reading:
    """Return what the active model makes of an example, another one on each visit of the page."""
    reader, drawing = active_reader(), example()
    found: Reading = resources.at_the_desk(lambda: reader.read(drawing))
    return found


def example() -> Strokes:
    """Return the strokes of this visit's example."""
    drawings = resources.examples()
    return drawings[(resources.FIRST_EXAMPLE + session().visits) % len(drawings)]


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
            st.query_params.get("model") if st.query_params.get("model") in models else resources.DEFAULT_MODEL
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
