"""Streamlit's settings of the app."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from mnist_core.ink.strokes import MAX_POINTS

APP = Path(__file__).parents[1] / "app.py"
LARGE_MESSAGE = f"""
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed

config._main_script_path = {str(APP)!r}  # as `streamlit run` does
message = ForwardMsg()
message.delta.new_element.markdown.body = "x" * 5_000_000
populate_hash_if_needed(message)
print(message.metadata.cacheable)
"""


def test_no_message_is_sent_as_a_reference_wherever_the_app_is_started_from(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LARGE_MESSAGE]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.strip() == "False"


def test_the_largest_drawing_fits_into_a_message_and_little_more_does() -> None:
    settings = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    limit = settings["server"]["maxWidgetStateSize"] * 2**20
    step = ["Q", *[123.45678901234567] * 4]  # what the canvas sends for each of the most points that the app reads
    largest = json.dumps(json.dumps({"raw": {"objects": [{"path": [step] * MAX_POINTS}]}}))  # a text within a text
    assert len(largest) < limit < 3 * len(largest)
