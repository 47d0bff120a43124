"""How PyTorch is installed on each kind of computer, and how quick a computer is with it.

The facts are those of PyTorch's installation page, `PAGE`. What depends on the version of a driver is left to it.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import torch

from mnist_core.constants import CLASSES, SIDE

PAGE = "https://pytorch.org/get-started/locally/"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyTorch's own index of builds without CUDA
IMAGES = 10_000  # to time the answers for
REPEATS = 5
MULTIPLICATIONS = IMAGES * SIDE**2 * CLASSES


class Computer(StrEnum):
    """A kind of computer."""

    LINUX = "Linux"
    WINDOWS = "Windows"
    MAC = "Mac"

    @property
    def may_have_cuda(self) -> bool:
        """Whether it may have an NVIDIA GPU that PyTorch can use."""
        return self != Computer.MAC


@dataclass(frozen=True)
class Installation:
    """How PyTorch is installed.

    Attributes:
        commands: to type in a terminal.
        about: what they give, in Markdown.
        check: Python that tells whether PyTorch sees the GPU, "" where there is none.
    """

    commands: str
    about: str
    check: str = ""


def installation_on(computer: Computer, *, with_nvidia: bool) -> Installation:
    """Return how PyTorch is installed on a computer, with torchvision and matplotlib.

    Args:
        computer: its kind.
        with_nvidia: whether it has an NVIDIA GPU; a Mac never has.
    """
    plain, cuda = "pip install torch torchvision matplotlib", "torch.cuda.is_available()"
    if computer == Computer.MAC:
        about = "On a Mac with an Apple chip, plain pip installs a build for its CPU and for its GPU, called `mps`."
        return Installation(plain, about, "torch.backends.mps.is_available()")
    if computer == Computer.LINUX and with_nvidia:
        return Installation(plain, "On Linux, plain pip installs the build with CUDA: several gigabytes.", cuda)
    if computer == Computer.LINUX:
        about = (
            "On Linux, plain pip installs the build with CUDA: several gigabytes for a GPU that you do not have. It "
            "works, but the CPU build from PyTorch's own index is much smaller."
        )
        return Installation(f"pip install torch torchvision --index-url {CPU_INDEX}\npip install matplotlib", about)
    if with_nvidia:
        about = (
            "On Windows, plain pip installs the CPU build, which is enough for this course. For the GPU, choose CUDA "
            f"on [PyTorch's installation page]({PAGE}), and type the command that it shows."
        )
        return Installation(plain, about, cuda)
    return Installation(plain, "On Windows, plain pip installs the CPU build.")


def seconds_for_answers(clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the time that the logits of a linear model for `IMAGES` images take in this thread: a median, in s.

    Args:
        clock: gives the time in s.
    """
    images, weights = torch.rand(IMAGES, SIDE**2), torch.rand(SIDE**2, CLASSES)
    times = []
    for _ in range(REPEATS):
        started = clock()
        images @ weights
        times.append(clock() - started)
    return statistics.median(times)
