"""The Draw page while the server gets ready."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st

from app_pages.components import starting

ROOT = Path(__file__).parents[3]
LOADED = "import sys, app_pages.drawing.early; print({'torch', 'pandas', 'scipy'} & set(sys.modules))"


def test_the_early_page_needs_no_library_that_takes_long_to_load() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "set()"


@dataclass(frozen=True)
class InTheURL:
    url_path: str


@pytest.mark.parametrize(
    ("path", "parameters", "shows"),
    [
        ("", {}, True),
        ("", {"model": "mlp"}, True),
        ("", {"class": "4711"}, False),
        ("", {"model": "mlp", "drawing": "AAAA"}, False),
        ("browse", {}, False),
    ],
)
def test_what_takes_a_place_above_the_canvas_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, path: str, parameters: dict[str, str], shows: bool
) -> None:
    monkeypatch.setattr(st, "query_params", parameters)
    assert starting.shows_early(InTheURL(path)) is shows  # type: ignore[arg-type]
