"""Installing: the commands follow the computer that is chosen, and this one is timed at a click."""

import re

import torch

from app_pages.lessons.controls import install
from mnist_core.course.installation import Computer
from tests.pages.lessons.showing import show, words
from tests.pages.opening import run


def test_the_commands_follow_the_computer() -> None:
    page = show("install")
    assert "--index-url https://download.pytorch.org/whl/cpu" in page.code[0].value
    run(page.toggle(install.NVIDIA).set_value(True))
    assert page.code[0].value == "pip install torch torchvision matplotlib"
    assert "`torch.cuda.is_available()` should be `True`" in words(page)
    run(page.segmented_control(install.COMPUTER).set_value(Computer.WINDOWS.value))
    assert "https://pytorch.org/get-started/locally/" in words(page)


def test_a_mac_has_no_nvidia_gpu_whatever_was_said_before() -> None:
    page = show("install")
    run(page.toggle(install.NVIDIA).set_value(True))
    run(page.segmented_control(install.COMPUTER).set_value(Computer.MAC.value))
    assert page.toggle(install.NVIDIA).disabled and "cuda" not in words(page)
    assert "torch.backends.mps" in words(page)


def test_this_computer_is_described_and_timed_at_a_click() -> None:
    page = show("install")
    assert f"PyTorch {torch.__version__}" in words(page) and "It took" not in words(page)
    run(page.button("course_install_time").click())
    (milliseconds,) = re.findall(r"It took \*\*([\d.]+) ms\*\*: 78 million", words(page))
    assert float(milliseconds) > 0
