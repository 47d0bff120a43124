"""The card of a run, and its downloads: weights, ONNX model, metrics and card."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.models import storage
from mnist_core.models.onnx_export import export_onnx
from mnist_core.runs.card import run_card
from mnist_core.runs.repeat_command import repeat_command
from mnist_core.runs.run import Run


def render_card(run: Run) -> None:
    """Show the command that repeats a run, its downloads and its card."""
    command = repeat_command(run.config)
    if not run.origin:  # else no command makes this model
        st.caption("This command repeats the run.")
        st.code(command, language=None, wrap_lines=True)
    with st.container(horizontal=True):
        has_model = run.latest_model is not None
        _download("Weights", f"{run.name}.safetensors", lambda: (run.folder / storage.WEIGHTS).read_bytes(), has_model)
        _download("ONNX", f"{run.name}.onnx", lambda: onnx_bytes(run), has_model)
        _download("Metrics", f"{run.name}.csv", lambda: _metrics_bytes(run), bool(run.history))
        _download("Card", f"{run.name}.md", lambda: run_card(run).encode(), True)
    if not run.state.is_alive:
        with st.container(border=True):
            st.markdown(card_to_show(run_card(run), command))


def card_to_show(card: str, command: str) -> str:
    """Return a card as it is shown below a run's heading: its own headings lower, the command not a second time."""
    lower = re.sub(r"^#(#?) ", r"###\1 ", card, flags=re.MULTILINE)
    return lower.replace(f"```sh\n{command}\n```", "The command above.")


def _download(label: str, file_name: str, content: Callable[[], bytes], is_ready: bool) -> None:
    st.download_button(
        label,
        content,  # called when somebody clicks
        file_name,
        mime="application/octet-stream",
        icon=":material/download:",
        key=f"train_download_{label.lower()}",
        on_click="ignore",
        disabled=not is_ready,
    )


def _metrics_bytes(run: Run) -> bytes:
    path = run.folder / storage.METRICS
    return path.read_bytes() if path.is_file() else b""


def onnx_bytes(run: Run) -> bytes:
    """Return a run's model, as of the last evaluation, as an ONNX file."""
    assert run.latest_model is not None, "the button is disabled before the first evaluation"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digit.onnx"
        export_onnx(run.latest_model, path, run.temperature)
        return path.read_bytes()
