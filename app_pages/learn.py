"""The first lesson on images: what MNIST is, how PyTorch gets it, and what the numbers mean; every output is real."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from PIL import Image

from app_pages.components import missing_data
from app_pages.components.header import heading
from app_pages.components.html import pixel_html
from app_pages.state import resources
from mnist_core.data.split import BrokenDataError, MissingDataError, fingerprint, require_torchvision_layout
from mnist_core.data.torchvision_import import import_datasets, import_transforms
from mnist_core.paths import data_root

FIRST = 8  # pictures shown
NEXT = ":material/arrow_forward:"
READABLE = 760  # px, the longest line of text
STYLE = """<style>
[data-testid="stHeading"] h2 { font-size: 1.5rem; padding: 1rem 0 .4rem; }
.learn-output { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem 1rem; }
.learn-output pre { margin: 0; padding: 0; border: 0; background: none; color: inherit; font-size: .82rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.learn-output pre.table { white-space: pre; overflow-x: auto; margin-bottom: .6rem; }
.learn-output figure { margin: 0; text-align: center; font-size: .82rem; }
.learn-output .row { display: grid; grid-template-columns: repeat(4, minmax(0, 84px)); gap: .3rem .6rem; }
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
    """Run the lesson's lines over the files that are there; raises what `resources.load_split` raises."""
    for split in ("train", "test"):
        resources.load_split(split)  # torchvision takes any file for whole: ours are verified first
    require_torchvision_layout(root)
    mnist, to_tensor = import_datasets().MNIST, import_transforms().ToTensor()
    dataset, test_dataset = mnist(root), mnist(root, train=False)
    tensor, _ = mnist(root, transform=to_tensor)[0]
    pictures = tuple((np.asarray(image), label) for image, label in (dataset[at] for at in range(FIRST)))
    return Lesson(len(dataset), len(test_dataset), repr(dataset[0]), pictures, tensor)


@st.cache_resource(show_spinner="Importing torchvision")
def versions() -> str:
    """Return the versions of torch and torchvision, as the lesson prints them."""
    import_datasets()  # NOTE: torchvision is imported through mnist_core.data.torchvision_import first, and late
    import torchvision

    return f"{torch.__version__} {torchvision.__version__}"


@st.cache_resource(show_spinner="Running the lesson", max_entries=2)
def lesson_elsewhere(fingerprint: tuple[object, ...]) -> Lesson:  # noqa: ARG001 - the cache's key
    """Return what the lesson's lines give for the digits that there are instead, which torchvision cannot open."""
    train, test = resources.available_split("train"), resources.available_split("test")
    pictures = [(image, int(label)) for image, label in zip(train.images[:FIRST].numpy(), train.labels, strict=False)]
    image, label = Image.fromarray(pictures[0][0]), pictures[0][1]
    tensor = import_transforms().ToTensor()(image)
    return Lesson(len(train), len(test), repr((image, label)), tuple(pictures), tensor)


def lesson_or_reason() -> tuple[Lesson, MissingDataError | BrokenDataError | None]:
    """Return the lesson as it ran over MNIST; or what other digits give, and why it did not run."""
    try:
        return run_lesson(data_root()), None
    except (MissingDataError, BrokenDataError) as error:
        return lesson_elsewhere(fingerprint()), error


def step(number: int, title: str, words: str, code: str, output: str) -> None:
    """Show one step: what is done and why, the lines to type, and beside them what they printed here.

    `output` is HTML.
    """
    st.header(f"{number}. {title}", anchor=False)
    st.markdown(words, width=READABLE)
    typed, printed = st.columns(2, gap="medium", vertical_alignment="center")
    typed.code(code, language="python", wrap_lines=True)
    printed.html(f'<div class="learn-output">{output}</div>')


def text(printed: object) -> str:
    """Return what Python printed, as HTML."""
    return f"<pre>{html.escape(str(printed))}</pre>"


def table(printed: object) -> str:
    """Return what Python printed in columns, as HTML: its lines do not wrap, they scroll."""
    return f'<pre class="table" tabindex="0">{html.escape(str(printed))}</pre>'


def figure(picture: np.ndarray, width: int, alt: str, caption: str = "") -> str:
    """Return a picture in grey, as HTML."""
    return f"<figure>{pixel_html(picture, width, alt)}{html.escape(caption)}</figure>"


def row(figures: Iterable[str]) -> str:
    """Return pictures side by side, four in a line, as HTML."""
    return f'<div class="row">{"".join(figures)}</div>'


def render_introduction(error: MissingDataError | BrokenDataError | None) -> None:
    """Say what is new after linear regression, and where the outputs come from."""
    st.markdown(
        "In linear regression, a model turned a few numbers into one. To tell digits apart, it turns the 784 pixels "
        "of a picture into ten numbers, one for each digit, and the largest is its answer. Tensors, gradients and the "
        "training loop stay as they are. What is new is the data, so the data comes first.",
        width=READABLE,
    )
    if error:
        missing_data.offer_mnist(
            "Until MNIST is there, every output is what the code gives for "
            f"**{resources.available_split('train').source}**.",
            error,
        )
    else:
        st.caption(
            "Every output is what these lines gave when this app ran them. It downloaded nothing again, because "
            "the files are there, and it shows pictures without matplotlib's axes."
        )


def render_getting(lesson: Lesson) -> None:
    """Steps 1 to 3: the libraries, the training set, the test set."""
    step(
        1,
        "Get PyTorch and torchvision",
        "torchvision is PyTorch's companion for pictures: it knows where the common datasets are. Install both "
        "(and matplotlib, to show pictures) in a terminal, then import them in Python.",
        "# in a terminal:\n# pip install torch torchvision matplotlib\n\n"
        "import torch\nimport torchvision\n\nprint(torch.__version__, torchvision.__version__)",
        text(versions()),
    )
    step(
        2,
        "Download the training set",
        "The first time, this fetches about 12 MB into `data/`. From then on it opens the files that are there. "
        "These are the images that a model learns from.",
        "from torchvision.datasets import MNIST\n\ndataset = MNIST(root='data/', download=True)\nlen(dataset)",
        text(lesson.train_size),
    )
    step(
        3,
        "Open the test set",
        "With `train=False` come other images, which no model learns from. They are for evaluating a model and for "
        "reporting how good it is: an image it has already seen would prove nothing.",
        "test_dataset = MNIST(root='data/', train=False)\nlen(test_dataset)",
        text(lesson.test_size),
    )


def render_looking(lesson: Lesson) -> None:
    """Steps 4 and 5: one element, and a row of pictures."""
    step(
        4,
        "Look at one element",
        "Each element is a pair: a picture and its label. The picture is 28 by 28 pixels, and its mode `L` means "
        "one grey level (luminance) a pixel. The label is the digit that the writer meant.",
        "dataset[0]",
        text(lesson.first),
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
        row(
            figure(picture, 84, f"training image {at}, label {label}", str(label))
            for at, (picture, label) in enumerate(lesson.pictures)
        ),
    )


def render_tensors(lesson: Lesson) -> None:
    """Steps 6 and 7: from a picture to a tensor, and what its values mean."""
    step(
        6,
        "Turn pictures into tensors",
        "PyTorch does not work with pictures. Give the dataset a transform, and every image comes out as a tensor: "
        "1 channel (a colour picture would have 3), 28 rows, 28 columns.",
        "from torchvision.transforms import ToTensor\n\n"
        "dataset = MNIST(root='data/', transform=ToTensor())\n"
        "image_tensor, label = dataset[0]\nprint(image_tensor.shape, label)",
        text(f"{lesson.tensor.shape} {lesson.label}"),
    )
    step(
        7,
        "Read the values",
        "The bytes from 0 to 255 became numbers from 0 to 1: 0 is black, 1 is white, and what lies between is grey. "
        "Here are five rows of five values from the middle, and the same values as a picture.",
        "corner = image_tensor[0, 10:15, 10:15]\n"
        "print(corner)\nprint(image_tensor.min(), image_tensor.max())\nplt.imshow(corner, cmap='gray')",
        table(f"{lesson.corner}\n{lesson.tensor.min()!s} {lesson.tensor.max()!s}")
        + figure(lesson.corner.numpy(), 140, "the same 25 values as greys"),
    )


def render_next() -> None:
    """Point to where the lesson goes on."""
    st.header("Where to go from here", anchor=False)
    st.markdown("A picture is now a tensor with a label beside it: all that a model needs to learn.")
    st.page_link("app_pages/train.py", label="Train a model on these tensors, and watch it learn", icon=NEXT)
    st.page_link("app_pages/draw.py", label="Draw a digit, and see it become such a tensor", icon=NEXT)


heading("Learn", "From linear regression to image classification: how PyTorch gets at pictures, in seven short steps.")
st.html(STYLE)
lesson, error = lesson_or_reason()
render_introduction(error)
render_getting(lesson)
render_looking(lesson)
render_tensors(lesson)
render_next()
