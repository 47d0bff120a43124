"""Streamlit's settings of the app."""

import subprocess
import sys
from pathlib import Path

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
