"""Where the shipped models, the data and the runs lie."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "assets"


def data_root() -> Path:
    """Return the folder that holds MNIST: the environment's MNIST_ROOT, or data/ beside app.py."""
    return Path(os.environ.get("MNIST_ROOT") or ROOT / "data")
