"""How PyTorch is installed on the visitor's computer, and how quick the one that runs this app is."""

import os

import streamlit as st
import torch

from app_pages.state import resources
from mnist_core.course.installation import IMAGES, MULTIPLICATIONS, Computer, installation_on, seconds_for_answers
from mnist_core.training.device import pick_device

COMPUTER, NVIDIA, SECONDS = "course_install_computer", "course_install_nvidia", "course_install_seconds"
SENTENCE = (
    "Which command installs PyTorch depends on the computer. **Try it:** choose yours. Then guess: how long does the "
    f"computer that runs this app, without a GPU, need for the answers of a linear model to {IMAGES:,} images?"
)


def render_install() -> None:
    """Show the commands for the computer that is chosen, and time this one."""
    st.markdown(SENTENCE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options = [each.value for each in Computer]
        chosen = st.segmented_control("Your computer", options, default=options[0], required=True, key=COMPUTER)
        computer = Computer(chosen)
        is_off = not computer.may_have_cuda
        with_nvidia = st.toggle("It has an NVIDIA GPU", key=NVIDIA, disabled=is_off) and not is_off
    installation = installation_on(computer, with_nvidia=with_nvidia)
    st.code(installation.commands, language="bash", wrap_lines=True)
    st.markdown(installation.about)
    if installation.check:
        st.markdown(f"To see whether PyTorch finds the GPU: `{installation.check}` should be `True`.")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button("Time it", key="course_install_time", icon=":material/timer:", type="primary", on_click=_time)
        st.markdown(this_computer(), width="stretch")
    if SECONDS in st.session_state:
        st.markdown(finding(st.session_state[SECONDS]))


def _time() -> None:
    st.session_state[SECONDS] = resources.run_inference(seconds_for_answers)


def this_computer() -> str:
    """Return in words which PyTorch this app uses, and with what."""
    kind, cores = pick_device("auto").type, os.cpu_count() or 1
    names = {"cpu": "no GPU", "mps": "the GPU of its Apple chip"}
    gpu = names[kind] if kind in names else f"the GPU {torch.cuda.get_device_name()}"
    has = f"{cores} CPU core{'' if cores == 1 else 's'} and {gpu}"
    return f"This app runs on PyTorch {torch.__version__}. Its computer has {has}."


def finding(seconds: float) -> str:
    """Return in words how long the answers took."""
    return (
        f"It took **{1000 * seconds:.1f} ms**: {MULTIPLICATIONS / 1e6:.0f} million multiplications on one core of the "
        "CPU. This course needs no GPU."
    )
