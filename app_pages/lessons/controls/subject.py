"""The picture to play with: the visitor's own drawing, with the canvas to change it, or a test image."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from app_pages.components.drawing_canvas import SMALL_TOOLS_STYLE, render_canvas, render_tools
from app_pages.components.html import NARROW, pixel_html
from app_pages.state import canvas, examples, resources
from app_pages.state.session import session
from mnist_core.ink.normalisation import denormalise, normalise
from mnist_core.ink.preprocessing import preprocess

DRAWING, TEST = "My drawing", "Test image"
SOURCE, NUMBER = "course_source", "course_number"
# NOTE: --canvas is the side of the canvas; `canvas_controls` uses it inside the canvas too.
STYLE = f"""<style>{SMALL_TOOLS_STYLE}
.st-key-course_row {{ --canvas: 14rem; align-items: flex-start; }}
.st-key-course_row > :has(> .st-key-course_subject) {{ flex: 0 0 var(--canvas); width: var(--canvas); }}
.st-key-course_subject {{ flex: 0 0 var(--canvas); width: var(--canvas); }}
.st-key-course_row > :has(> .st-key-course_view) {{ flex: 1 1 16rem; min-width: 0; }}
.st-key-course_view {{ flex: 1 1 16rem; min-width: 0; }}
.st-key-course_ink {{ width: var(--canvas); position: relative; }}
.st-key-course_ink img {{ width: 100% !important; border-radius: 10px; }}
.course-answer {{ display: flex; align-items: baseline; gap: .6rem; margin: 0; }}
.course-answer b {{ font-size: 2.6rem; line-height: 1; color: var(--accent); }}
@media (max-width: {NARROW}) {{
  .st-key-course_row {{ flex-direction: column; gap: .8rem; }}
  .st-key-course_row > :has(> .st-key-course_view), .st-key-course_view {{ width: 100%; flex: none; }}
}}
</style>"""


@dataclass(frozen=True)
class Picture:
    """What a control plays with.

    Attributes:
        name: in a sentence: "your drawing", "an example", "test image 4".
        tensor: the model's input, (1, 28, 28) float32, normalised.
        label: the true digit, None when it is not known.
    """

    name: str
    tensor: torch.Tensor
    label: int | None = None

    @property
    def key(self) -> Hashable:
        """Equal for equal pictures."""
        return self.tensor.numpy().tobytes()

    @property
    def grey(self) -> torch.Tensor:
        """The picture as the course has it, (28, 28) float32 in [0, 1]: 0 for paper, 1 for ink."""
        return denormalise(self.tensor[0])


@contextmanager
def picture_and_view() -> Iterator[tuple[Picture, DeltaGenerator]]:
    """Show the picture to play with; gives it, and the place beside it, or below it on a phone."""
    st.html(STYLE)
    with st.container(horizontal=True, gap="large", key="course_row"):
        with st.container(key="course_subject", gap="small"):
            picture = _render_subject()
        yield picture, st.container(key="course_view")


def _render_subject() -> Picture:
    source = st.segmented_control(
        "Look at", [DRAWING, TEST], default=DRAWING, required=True, key=SOURCE, label_visibility="collapsed"
    )
    if source == TEST:
        return _render_test_image()
    picture = own_drawing()
    with st.container(key="course_ink", gap="xsmall"):
        render_canvas()
        render_tools()
        st.caption(f"This is {picture.name}. Draw another one here." if picture.label is not None else "")
    return picture


def own_drawing() -> Picture:
    """Return the visitor's drawing, or an example while the canvas is blank."""
    if session().canvas_key not in st.session_state:  # another step was shown meanwhile: begin with the drawing
        canvas.put_away()
    drawing = canvas.current_drawing()
    stages = preprocess(drawing) if drawing else None
    if stages:
        return Picture("your drawing", stages.tensor)
    stages = preprocess(examples.example_drawing())
    assert stages, "the examples are not blank"
    return Picture("an example", stages.tensor, examples.example_digit())


def _render_test_image() -> Picture:
    canvas.put_away()
    split = resources.available_split("test")
    area = st.container(key="course_ink")
    number = int(st.number_input("Image number", 0, len(split) - 1, 0, key=NUMBER))
    picture = Picture(f"test image {number}", normalise(split.images[[number]])[0], int(split.labels[number]))
    area.html(pixel_html(picture.grey.numpy(), 280, f"{picture.name}, label {picture.label}"))
    st.caption(f"Its label is {split.classes[split.labels[number]]}.")
    return picture
