"""The first lesson on images: what MNIST is, how PyTorch loads it, and what the values mean; all outputs are real."""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from PIL import Image

from app_pages.components import missing_data
from app_pages.components.header import heading, link_parameters
from app_pages.components.html import pixel_html
from app_pages.components.presentation import FOLLOWING, PREVIOUS, is_presenting
from app_pages.labs.lab_page import render_labs
from app_pages.own_lessons.lesson_list import render_lessons
from app_pages.state import address, resources
from mnist_core.data.split import BrokenDataError, MissingDataError, fingerprint, require_torchvision_layout
from mnist_core.data.torchvision_import import import_datasets, import_transforms
from mnist_core.paths import data_root

SHOWN = 8  # images
NEXT = ":material/arrow_forward:"
STEP = "step"  # in the URL of a presentation
VIEW = "learn_view"  # the key of the widget
READABLE = 760  # px, the longest line of text
STYLE = """<style>
[data-testid="stHeading"] h2 { padding: 1rem 0 .4rem; }
.learn-output { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem 1rem; }
.learn-output pre { margin: 0; padding: 0; border: 0; background: none; color: inherit; font-size: .82rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.learn-output pre.table { white-space: pre; overflow-x: auto; margin-bottom: .6rem; }
.learn-output figure { margin: 0; text-align: center; font-size: .82rem; }
.learn-output .row { display: grid; grid-template-columns: repeat(4, minmax(0, 84px)); gap: .3rem .6rem; }
</style>"""
PRESENTED_STYLE = "<style>.learn-output pre.table { font-size: .7rem; }</style>"  # five values in a line


@dataclass(frozen=True)
class Lesson:
    """What the lesson's code returned when it ran here.

    Attributes:
        train_size: images in the training set.
        test_size: images in the test set.
        first: the first element of the training set, as Python prints it.
        images: the first few images, (H, W) uint8, with their labels.
        tensor: the first image as `ToTensor` gives it: (1, 28, 28) float32 in [0, 1].
    """

    train_size: int
    test_size: int
    first: str
    images: tuple[tuple[np.ndarray, int], ...]
    tensor: torch.Tensor

    @property
    def label(self) -> int:
        """The label of the first image."""
        return self.images[0][1]

    @property
    def corner(self) -> torch.Tensor:
        """Five rows of five values from the middle of the first image."""
        return self.tensor[0, 10:15, 10:15]


@st.cache_resource(show_spinner="Running the lesson")
def run_lesson(root: Path) -> Lesson:
    """Run the code of the lesson on the files at hand; raises what `resources.load_split` raises."""
    for split in ("train", "test"):
        resources.load_split(split)  # verifies the files, which torchvision does not do
    require_torchvision_layout(root)
    mnist, to_tensor = import_datasets().MNIST, import_transforms().ToTensor()
    dataset, test_dataset = mnist(root), mnist(root, train=False)
    tensor, _ = mnist(root, transform=to_tensor)[0]
    images = tuple((np.asarray(image), label) for image, label in (dataset[at] for at in range(SHOWN)))
    return Lesson(len(dataset), len(test_dataset), repr(dataset[0]), images, tensor)


@st.cache_resource(show_spinner="Importing torchvision")
def versions() -> str:
    """Return the versions of torch and torchvision as the lesson prints them."""
    import_datasets()  # NOTE: the first import of torchvision must go through torchvision_import; it takes a second
    import torchvision

    return f"{torch.__version__} {torchvision.__version__}"


@st.cache_resource(show_spinner="Running the lesson", max_entries=2)
def run_lesson_without_mnist(fingerprint: tuple[object, ...]) -> Lesson:  # noqa: ARG001 - the cache key
    """Return what the code of the lesson gives for the data at hand, which torchvision cannot open."""
    train, test = resources.available_split("train"), resources.available_split("test")
    images = [(image, int(label)) for image, label in zip(train.images[:SHOWN].numpy(), train.labels, strict=False)]
    image, label = Image.fromarray(images[0][0]), images[0][1]
    tensor = import_transforms().ToTensor()(image)
    return Lesson(len(train), len(test), repr((image, label)), tuple(images), tensor)


def lesson_or_reason() -> tuple[Lesson, MissingDataError | BrokenDataError | None]:
    """Return the lesson as it ran on MNIST; or as it ran on other data, and why."""
    try:
        return run_lesson(data_root()), None
    except (MissingDataError, BrokenDataError) as error:
        return run_lesson_without_mnist(fingerprint()), error


@dataclass(frozen=True)
class Step:
    """One step of the lesson.

    Attributes:
        title: what is done, in a few words.
        explanation: what is done and why, in Markdown.
        code: Python that does it.
        output: what the code gave when it ran here, as HTML.
    """

    title: str
    explanation: str
    code: str
    output: str


def render_step(number: int, step: Step) -> None:
    """Show one step: what is done and why, the code, and beside it the code's output."""
    st.header(f"{number}. {step.title}", anchor=False)
    st.markdown(step.explanation, width=READABLE if not is_presenting() else "stretch")
    code_column, output_column = st.columns(2, gap="medium", vertical_alignment="center")
    code_column.code(step.code, language="python", wrap_lines=True)
    output_column.html(f'<div class="learn-output">{step.output}</div>')


def render_slide(steps: Sequence[Step], source: str) -> None:
    """Show the step that the link says, alone, with the way to the one before and the one after.

    Args:
        steps: the lesson.
        source: what data the outputs are for, where that is not MNIST.
    """
    asked = st.query_params.get(STEP, "")
    number = min(max(int(asked), 1), len(steps)) if re.fullmatch(r"\d{1,3}", asked) else 1
    render_step(number, steps[number - 1])
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, key, there in (("Back", PREVIOUS, number - 1), ("Next", FOLLOWING, number + 1)):
            is_last = not 1 <= there <= len(steps)
            st.button(label, key=key, disabled=is_last, on_click=st.query_params.update, args=({STEP: str(there)},))
        st.markdown(f"{number} of {len(steps)}" + (f", for **{source}**" if source else ""))


def text_html(printed: object) -> str:
    """Return printed text as HTML."""
    return f"<pre>{html.escape(str(printed))}</pre>"


def table_html(printed: object) -> str:
    """Return printed columns as HTML; the lines scroll instead of wrapping."""
    return f'<pre class="table" tabindex="0">{html.escape(str(printed))}</pre>'


def figure_html(image: np.ndarray, width: int, alt: str, caption: str = "") -> str:
    """Return a grey image with a caption as HTML."""
    return f"<figure>{pixel_html(image, width, alt)}{html.escape(caption)}</figure>"


def figures_html(figures: Iterable[str]) -> str:
    """Return figures side by side, four per line, as HTML."""
    return f'<div class="row">{"".join(figures)}</div>'


def render_introduction(error: MissingDataError | BrokenDataError | None) -> None:
    """Say what is new compared with linear regression, and where the outputs come from."""
    st.markdown(
        "In linear regression, a model turns a few numbers into one. To classify digits, a model turns the 784 pixels "
        "of an image into ten numbers, one for each digit; the largest is its answer. Tensors, gradients and the "
        "training loop stay the same. What is new is the data, so we start with the data.",
        width=READABLE,
    )
    if error:
        missing_data.offer_mnist(
            f"Until MNIST is available, all outputs are for **{resources.available_split('train').source}**.",
            error,
        )
    else:
        st.caption(
            "All outputs are real: the app ran this code on your data. It did not download the files again, and it "
            "shows images without matplotlib's axes."
        )


def steps_to_get_it(lesson: Lesson) -> list[Step]:
    """Steps 1 to 3: the libraries, the training set, the test set."""
    return [
        Step(
            "Get PyTorch and torchvision",
            "torchvision is PyTorch's library for images; it can download the common datasets. Install both in a "
            "terminal, with matplotlib to show images. Then import them in Python.",
            "# in a terminal:\n# pip install torch torchvision matplotlib\n\n"
            "import torch\nimport torchvision\n\nprint(torch.__version__, torchvision.__version__)",
            text_html(versions()),
        ),
        Step(
            "Download the training set",
            "The first time, this downloads about 12 MB into `data/`. After that, it opens the downloaded files. A "
            "model learns from the images of the training set.",
            "from torchvision.datasets import MNIST\n\ndataset = MNIST(root='data/', download=True)\nlen(dataset)",
            text_html(lesson.train_size),
        ),
        Step(
            "Open the test set",
            "`train=False` gives other images, which no model learns from. They are for evaluating a model and "
            "reporting how good it is: a right answer for an image that it has already seen would prove nothing.",
            "test_dataset = MNIST(root='data/', train=False)\nlen(test_dataset)",
            text_html(lesson.test_size),
        ),
    ]


def steps_to_look_at_it(lesson: Lesson) -> list[Step]:
    """Steps 4 and 5: one element, and the first few images."""
    return [
        Step(
            "Look at one element",
            "Each element is a pair: an image and its label. The image has 28 × 28 pixels, and its mode `L` means one "
            "grey level (luminance) per pixel. The label is the digit that the writer meant.",
            "dataset[0]",
            text_html(lesson.first),
        ),
        Step(
            "View images with their labels",
            "matplotlib shows single-channel images in false colours unless you pass `cmap='gray'`.",
            "import matplotlib.pyplot as plt\n\n"
            f"for index in range({SHOWN}):\n"
            "    image, label = dataset[index]\n"
            f"    plt.subplot(2, {SHOWN // 2}, index + 1, title=label)\n"
            "    plt.imshow(image, cmap='gray')",
            figures_html(
                figure_html(image, 84, f"training image {number}, label {label}", str(label))
                for number, (image, label) in enumerate(lesson.images)
            ),
        ),
    ]


def steps_to_tensors(lesson: Lesson) -> list[Step]:
    """Steps 6 and 7: from an image to a tensor, and what its values mean."""
    return [
        Step(
            "Turn images into tensors",
            "PyTorch works with tensors, not image files. Give the dataset a transform, and it returns every image as "
            "a tensor: 1 channel (a colour image would have 3), 28 rows, 28 columns.",
            "from torchvision.transforms import ToTensor\n\n"
            "dataset = MNIST(root='data/', transform=ToTensor())\n"
            "image_tensor, label = dataset[0]\nprint(image_tensor.shape, label)",
            text_html(f"{lesson.tensor.shape} {lesson.label}"),
        ),
        Step(
            "Read the values",
            "The bytes from 0 to 255 are now numbers from 0 to 1: 0 is black, 1 is white, and values in between are "
            "grey. Here are five rows of five values from the middle of the image, and the same values as an image.",
            "corner = image_tensor[0, 10:15, 10:15]\n"
            "print(corner)\nprint(image_tensor.min(), image_tensor.max())\nplt.imshow(corner, cmap='gray')",
            table_html(f"{lesson.corner}\n{lesson.tensor.min()!s} {lesson.tensor.max()!s}")
            + figure_html(lesson.corner.numpy(), 140, "the same 25 values as grey levels"),
        ),
    ]


def render_next() -> None:
    """Link to the pages that continue from here."""
    st.header("What to do next", anchor=False)
    st.markdown("An image is now a tensor with a label. That is all a model needs to learn.")
    for page, label in (
        ("train", "Train a model on these tensors"),
        ("draw", "Draw a digit and see it become a tensor"),
    ):
        st.page_link(f"app_pages/{page}.py", label=label, icon=NEXT, query_params=link_parameters())


def render_course() -> None:
    """Show the lesson; in a presentation, one step at a time."""
    st.html(STYLE + (PRESENTED_STYLE if is_presenting() else ""))
    lesson, error = lesson_or_reason()
    steps = [*steps_to_get_it(lesson), *steps_to_look_at_it(lesson), *steps_to_tensors(lesson)]
    if is_presenting():
        render_slide(steps, resources.available_split("train").source if error else "")
        return
    render_introduction(error)
    for number, step in enumerate(steps, start=1):
        render_step(number, step)
    render_next()


# The keys appear in URLs: renaming one breaks old links.
VIEWS: dict[str, tuple[str, Callable[[], None]]] = {
    "course": ("Course", render_course),
    "labs": ("Labs", render_labs),
    "lessons": ("Lessons", render_lessons),
}


def choose_view() -> str:
    """Ask which view to show, and keep it in the URL; a presentation shows the view of its link."""
    keys = list(VIEWS)
    if named := address.named("view"):
        if named[-1] not in VIEWS:
            address.say_unknown("This link names a view that does not exist, so it shows the first one.")
        st.session_state[VIEW] = named[-1] if named[-1] in VIEWS else keys[0]
    elif address.is_restored() or VIEW not in st.session_state:
        st.session_state[VIEW] = keys[0]
    if not is_presenting():
        st.segmented_control(
            "View",
            keys,
            format_func=lambda key: VIEWS[key][0],
            required=True,
            key=VIEW,
            persist_state="session",
            label_visibility="collapsed",
        )
    view = str(st.session_state[VIEW] or keys[0])
    address.put("view", *([view] if view != keys[0] else []))
    return view


heading("Learn", "From linear regression to image classification, and the mistakes that everybody makes once.")
VIEWS[choose_view()][1]()
