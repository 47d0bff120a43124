"""What the steps of the first chapter give when they run on the data at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from PIL import Image

from app_pages.lessons.output_html import figure_html, figures_html, table_html, text_html
from app_pages.state import resources
from mnist_core.course.images import SHOWN
from mnist_core.data.split import BrokenDataError, MissingDataError, fingerprint, require_torchvision_layout
from mnist_core.data.torchvision_import import import_datasets, import_transforms
from mnist_core.paths import data_root


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


def images_html(lesson: Lesson) -> str:
    """Return the first few images, each with its label below."""
    return figures_html(
        figure_html(image, 84, f"training image {number}, label {label}", str(label))
        for number, (image, label) in enumerate(lesson.images)
    )


def values_html(lesson: Lesson) -> str:
    """Return the values of the corner, the smallest and the largest value, and the corner as an image."""
    printed = table_html(f"{lesson.corner}\n{lesson.tensor.min()!s} {lesson.tensor.max()!s}")
    return printed + figure_html(lesson.corner.numpy(), 140, "the same 25 values as grey levels")


# By the key of the step: makes the HTML of its output.
LIVE: dict[str, Callable[[Lesson], str]] = {
    "install": lambda lesson: text_html(versions()),
    "train-set": lambda lesson: text_html(lesson.train_size),
    "test-set": lambda lesson: text_html(lesson.test_size),
    "element": lambda lesson: text_html(lesson.first),
    "view": images_html,
    "tensor": lambda lesson: text_html(f"{lesson.tensor.shape} {lesson.label}"),
    "values": values_html,
}
