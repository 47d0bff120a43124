"""The first lesson on images: what MNIST is, how PyTorch gets it, and what the numbers mean; every output is real."""

import html
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch

from app_pages import show, state
from mnist_core.data import BrokenDataError, MissingDataError, data_root
from mnist_core.vision import import_datasets, import_transforms

FIRST = 8  # pictures shown
STYLE = """<style>
.learn-output { border-left: 3px solid light-dark(#4353d6, #8c9aff); padding: .1rem 0 .1rem 1rem; }
.learn-output pre { margin: 0; font-size: .82rem; line-height: 1.5; overflow-x: auto; background: none; padding: 0; border: 0; color: inherit; }
.learn-output figure { display: inline-block; margin: 0 .6rem .4rem 0; text-align: center; font-size: .82rem; }
</style>"""


@dataclass(frozen=True)
class Lesson:
    """What the lesson's lines printed when they were run here.

    Attributes:
        train_size: images in the training set.
        test_size: images in the test set.
        first: the first element of the training set, as Python prints it.
        pictures: (H, W) uint8, the first few, with their labels.
        tensor: the first picture as `ToTensor` makes it: (1, 28, 28) float32 in [0, 1].
    """

    train_size: int
    test_size: int
    first: str
    pictures: tuple[tuple[np.ndarray, int], ...]
    tensor: torch.Tensor

    @property
    def label(self) -> int:
        """The label of the first picture."""
        return self.pictures[0][1]

    @property
    def corner(self) -> torch.Tensor:
        """Five rows of five values from the middle of the first picture."""
        return self.tensor[0, 10:15, 10:15]


@st.cache_resource(show_spinner="Running the lesson")
def run_lesson(root: Path) -> Lesson:
    """Run the lesson's lines over the files that are there; raises what `state.load_split` raises."""
    for split in ("train", "test"):
        state.load_split(split)  # torchvision takes any file for whole: ours are verified first
    mnist, to_tensor = import_datasets().MNIST, import_transforms().ToTensor()
    dataset, test_dataset = mnist(root), mnist(root, train=False)
    tensor, _ = mnist(root, transform=to_tensor)[0]
    pictures = tuple((np.asarray(image), label) for image, label in (dataset[at] for at in range(FIRST)))
    return Lesson(len(dataset), len(test_dataset), repr(dataset[0]), pictures, tensor)


def lesson_or_reason() -> tuple[Lesson | None, str]:
    """Return the lesson as it ran, or None and why it did not."""
    try:
        return run_lesson(data_root()), ""
    except (MissingDataError, BrokenDataError) as error:
        return None, str(error)


def step(number: int, title: str, words: str, code: str, output: str | None, language: str = "python") -> None:
    """Show one step: what is done and why, the line to type, and beside it what it printed here.

    Args:
        output: HTML; None says that nothing ran.
    """
    st.subheader(f"{number}. {title}", anchor=False)
    typed, printed = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    with typed:
        st.markdown(words)
        st.code(code, language=language)
    with printed:
        if output is None:
            st.caption("The output shows here once MNIST is there.")
        else:
            st.html(f'<div class="learn-output">{output}</div>')


def text(printed: object) -> str:
    """Return what Python printed, as HTML."""
    return f"<pre>{html.escape(str(printed))}</pre>"


def figure(picture: np.ndarray, width: int, alt: str, caption: str = "") -> str:
    """Return a picture in grey, as HTML."""
    return f"<figure>{show.pixel_html(picture, width, alt)}{html.escape(caption)}</figure>"


def render_introduction(reason: str) -> None:
    """Say what is new after linear regression, and where the outputs come from."""
    st.markdown(
        "In linear regression, a model turned a few numbers into one. To tell digits apart, it turns the 784 pixels "
        "of a picture into ten numbers, one for each digit, and the largest is its answer. Tensors, gradients and the "
        "training loop stay as they are. What is new is the data, so the data comes first.",
        width=760,
    )
    if reason:
        st.info(f"The code is all here, but its output needs MNIST. {reason}", icon=":material/database_off:")
    else:
        st.caption(
            "Every output was made by running these lines here. Nothing was downloaded again: the files were there."
        )


def render_getting(lesson: Lesson | None) -> None:
    """Steps 1 to 3: the libraries, the training set, the test set."""
    step(
        1,
        "Get PyTorch and torchvision",
        "torchvision is PyTorch's companion for pictures: it knows where the common datasets are. Install both "
        "with `pip install torch torchvision matplotlib`, then import them.",
        "import torch\nimport torchvision\n\nprint(torch.__version__, torchvision.__version__)",
        lesson and text(f"{torch.__version__} {import_datasets().__spec__.parent}"),
    )
    step(
        2,
        "Download the training set",
        "The first time, this fetches about 12 MB into `data/`. From then on it opens the files that are there. "
        "These are the images that a model learns from.",
        "from torchvision.datasets import MNIST\n\ndataset = MNIST(root='data/', download=True)\nlen(dataset)",
        lesson and text(lesson.train_size),
    )
    step(
        3,
        "Open the test set",
        "With `train=False` come other images, which no model learns from. They are for evaluating a model and for "
        "reporting how good it is: an image it has already seen would prove nothing.",
        "test_dataset = MNIST(root='data/', train=False)\nlen(test_dataset)",
        lesson and text(lesson.test_size),
    )


def render_looking(lesson: Lesson | None) -> None:
    """Steps 4 and 5: one element, and a row of pictures."""
    step(
        4,
        "Look at one element",
        "Each element is a pair: a picture and its label. The picture is 28 by 28 pixels, and its mode `L` means "
        "one grey level (luminance) a pixel. The label is the digit that the writer meant.",
        "dataset[0]",
        lesson and text(lesson.first),
    )
    step(
        5,
        "View images with their labels",
        "matplotlib colours single-channel pictures unless it is told that they are grey.",
        "import matplotlib.pyplot as plt\n\n"
        f"for index in range({FIRST}):\n"
        "    image, label = dataset[index]\n"
        f"    plt.subplot(2, {FIRST // 2}, index + 1, title=label)\n"
        "    plt.imshow(image, cmap='gray')",
        lesson
        and "".join(
            figure(picture, 84, f"training image {at}, label {label}", str(label))
            for at, (picture, label) in enumerate(lesson.pictures)
        ),
    )


def render_tensors(lesson: Lesson | None) -> None:
    """Steps 6 and 7: from a picture to a tensor, and what its values mean."""
    step(
        6,
        "Turn pictures into tensors",
        "PyTorch does not work with pictures. Give the dataset a transform, and every image comes out as a tensor: "
        "1 channel (a colour picture would have 3), 28 rows, 28 columns.",
        "from torchvision import transforms\n\n"
        "dataset = MNIST(root='data/', transform=transforms.ToTensor())\n"
        "image_tensor, label = dataset[0]\nprint(image_tensor.shape, label)",
        lesson and text(f"{lesson.tensor.shape} {lesson.label}"),
    )
    step(
        7,
        "Read the values",
        "The bytes from 0 to 255 became numbers from 0 to 1: 0 is black, 1 is white, and what lies between is grey. "
        "Here are five rows of five values from the middle, and the same values as a picture.",
        "corner = image_tensor[0, 10:15, 10:15]\n"
        "print(corner)\nprint(image_tensor.min(), image_tensor.max())\nplt.imshow(corner, cmap='gray')",
        lesson
        and text(f"{lesson.corner}\n{lesson.tensor.min()} {lesson.tensor.max()}")
        + figure(lesson.corner.numpy(), 140, "the same 25 values as greys"),
    )


def render_next() -> None:
    """Point to where the lesson goes on."""
    st.subheader("Where to go from here", anchor=False)
    st.markdown("A picture is now a tensor with a label beside it: all that a model needs to learn.")
    st.page_link("app_pages/train.py", label="Train a model on these tensors, and watch it learn")
    st.page_link("app_pages/draw.py", label="Draw a digit, and see it become such a tensor")


state.heading("Learn", "From linear regression to telling pictures apart, in seven short steps.")
st.html(STYLE)
lesson, reason = lesson_or_reason()
render_introduction(reason)
render_getting(lesson)
render_looking(lesson)
render_tensors(lesson)
render_next()
