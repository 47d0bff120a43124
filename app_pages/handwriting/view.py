"""The view "My handwriting": what it is for, the canvas, the drawings, and the lesson."""

import streamlit as st
import torch

from app_pages.components.drawing_canvas import canvas_row_style
from app_pages.components.html import NARROW
from app_pages.components.send_on_lift import send_at_once
from app_pages.handwriting.collecting import render_collecting, render_shelf
from app_pages.handwriting.teaching import render_teaching, teaching_of
from app_pages.state import own_runs, resources
from app_pages.state.handwriting import handwriting
from app_pages.state.widgets import shown_place
from mnist_core.data.split import DIGITS
from mnist_core.recognition.predictor import Predictor

MODEL = "handwriting_model"  # the key of the widget
READABLE = 760  # px, the longest line of text
STYLE = f"""<style>{canvas_row_style("handwriting", "24rem")}
.handwriting-hint {{ margin: 0; font-size: 1.05rem; line-height: 1.5; }}
.handwriting-hint b {{ color: var(--accent); }}
.handwriting-reading {{ display: flex; align-items: baseline; gap: .7rem; margin: 0 0 .3rem; }}
.handwriting-reading b {{ font-size: 3rem; line-height: 1; color: var(--accent); }}
.st-key-handwriting_digits {{ display: grid; grid-template-columns: repeat(9, minmax(0, 1fr)); gap: .3rem; }}
.st-key-handwriting_digits button {{ width: 100%; min-width: 0; padding-inline: 0; }}
.st-key-handwriting_digits > * {{ width: auto; }}
.handwriting-figures {{ display: flex; flex-wrap: wrap; gap: 1rem 3.5rem; margin: .4rem 0; }}
.handwriting-figures dt {{ font-size: .9rem; margin: 0; padding: 0; }}
.handwriting-figures dd {{ margin: 0; padding: 0; font-size: 2.4rem; line-height: 1.25;
  font-variant-numeric: tabular-nums; white-space: nowrap; }}
.handwriting-figures dd b {{ color: var(--accent); }}
.handwriting-figures .note {{ font-size: .85rem; white-space: normal; }}
@media (max-width: {NARROW}) {{
  .st-key-handwriting_digits button {{ min-height: 2.6rem; }}
  .handwriting-figures dd:not(.note) {{ font-size: 1.9rem; }}
}}
</style>"""


def render_handwriting() -> None:
    """Show the view."""
    st.html(STYLE)
    st.markdown(
        "A model knows the handwriting that it was trained on. Show it yours: ten drawings are enough to fine-tune it, "
        "while it rehearses MNIST so that it forgets little. **Try it:** write a one with a foot or a crossed zero. "
        "After how many of them does it read yours?",
        width=READABLE,
    )
    if resources.class_names() != DIGITS:
        st.info("The data set in use has other classes than digits. This view needs MNIST.")
        return
    render_steps()
    send_at_once()


@st.fragment
def render_steps() -> None:
    """Show the canvas, the drawings and the lesson; a stroke reruns only this."""
    models = own_runs.usable_models()
    model = choose_model(models)
    predictor = resources.predictor_for(model)
    render_collecting(predictor)
    if not handwriting().collected:
        st.caption("Your drawings stay in this session. Nobody else sees them, and they are gone when you reload it.")
        return
    answers = answers_of(predictor)
    right = sum(answers[each.number] == each.label for each in handwriting().collected)
    whose = "The class's" if handwriting().is_of_class else "Your"
    st.header(f"{whose} drawings: {right} of {len(answers)} read correctly", anchor=False)
    render_shelf(answers)
    st.header("Teach it", anchor=False)
    render_teaching(teaching_of(model, models[model]), predictor)


def choose_model(models: dict[str, str]) -> str:
    """Ask which model to teach; at first it is the one in use.

    Args:
        models: the usable ones, from name to label.
    """
    if st.session_state.get(MODEL) not in models:
        st.session_state[MODEL] = own_runs.active_model(models)
    keys = list(models)
    chosen: str = st.selectbox(
        "Model to teach", keys, shown_place(MODEL, keys), format_func=lambda name: models.get(name, name), key=MODEL,
        width=300, persist_state="session",
    )  # fmt: skip
    return chosen


def answers_of(predictor: Predictor) -> dict[int, int]:
    """Return a model's answer for each drawing, by its number."""
    collected = handwriting().collected
    tensors = torch.stack([each.tensor for each in collected])
    answers: list[int] = resources.run_inference(lambda: predictor.probabilities(tensors).argmax(dim=1).tolist())
    return dict(zip((each.number for each in collected), answers, strict=True))
