"""One element of the training set: what would you say that it is, and what does its label say?"""

import re

import streamlit as st
from PIL import Image

from app_pages.components.html import percent, pixel_html
from app_pages.state import resources
from app_pages.state.own_runs import MODEL_NAMES
from app_pages.state.widgets import shown_value
from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.ink.normalisation import normalise

INDEX, ANSWER, DOUBTFUL_BUTTON = "course_element_index", "course_element_answer", "course_element_doubtful"
MNIST = "MNIST train set"  # the source that the indices below are of
DOUBTFUL = (59915, 7080, 43454, 35310, 10994, 16376, 26622)  # found by eye among those that the CNN reads otherwise
SENTENCE = (
    "Somebody once wrote each digit, and somebody noted its label. **Try it:** say what you see, and then the label is "
    "shown. Is every label what you would say?"
)


def render_element() -> None:
    """Show a training image, and its label once the visitor has said what they see."""
    split = resources.available_split("train")
    is_mnist = split.source == MNIST and len(split) > max(DOUBTFUL)
    st.markdown(SENTENCE)
    picture_column, answer_column = st.columns([2, 3], gap="large")
    with answer_column:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            first = shown_value(INDEX, 0)
            index = int(st.number_input("Index", 0, len(split) - 1, first, key=INDEX, width=180))
            if is_mnist:
                st.button("A doubtful one", key=DOUBTFUL_BUTTON, icon=":material/psychology_alt:", on_click=_go_on)
        seen = st.pills(
            "What do you see?",
            range(CLASSES),
            format_func=lambda label: split.classes[label],
            key=f"{ANSWER}_{index}",
            wrap=True,
        )
        st.code(printed(split, index, is_label_shown=seen is not None), language="python", wrap_lines=True)
        if seen is not None:
            st.markdown(f"{verdict(split, index, int(seen))} {second_opinion(split, index, is_mnist=is_mnist)}")
    with picture_column:
        st.html(pixel_html(split.images[index].numpy(), 280, f"training image {index}"))


def _go_on() -> None:
    """Go to the doubtful image after the one that is shown, or to the first."""
    index = st.session_state[INDEX]
    after = DOUBTFUL.index(index) + 1 if index in DOUBTFUL else 0
    st.session_state[INDEX] = DOUBTFUL[after % len(DOUBTFUL)]


def printed(split: Split, index: int, *, is_label_shown: bool) -> str:
    """Return what Python prints for an element, without the image's address in memory, which is another each time."""
    image = re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(Image.fromarray(split.images[index].numpy())))
    return f">>> dataset[{index}]\n({image}, {int(split.labels[index]) if is_label_shown else '?'})"


def verdict(split: Split, index: int, seen: int) -> str:
    """Return in words whether the visitor and the label agree."""
    label = int(split.labels[index])
    if seen == label:
        return f"You and the label agree: **{split.classes[label]}**."
    return f"You say {split.classes[seen]}, and the label says **{split.classes[label]}**."


def second_opinion(split: Split, index: int, *, is_mnist: bool) -> str:
    """Return in words what the best model answers."""
    predictor = resources.predictor_for(resources.DEFAULT_MODEL)
    tensor = normalise(split.images[[index]])
    probabilities: list[float] = resources.run_inference(lambda: predictor.probabilities(tensor)[0].tolist())
    answer = max(range(CLASSES), key=lambda label: probabilities[label])
    name = MODEL_NAMES[resources.DEFAULT_MODEL]
    sure = f"{split.classes[answer]} ({percent(probabilities[answer], escaped=False)})"
    if is_mnist and answer != int(split.labels[index]):
        return f"The {name} was trained with this very label, and still answers {sure}."
    return f"The {name} answers {sure}."
