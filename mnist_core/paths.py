"""Locations of the shipped models and the data."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "assets"


def data_root() -> Path:
    """Return the folder above MNIST/raw: the environment variable MNIST_ROOT if set, otherwise data/ next to app.py."""
    return Path(os.environ.get("MNIST_ROOT") or ROOT / "data")
