"""Locations of the shipped models, the data and the classes."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
IS_CHECKOUT = (ROOT / "app.py").is_file()
ASSETS = ROOT / "assets" if IS_CHECKOUT else Path(__file__).with_name("assets")  # installed with the package


def data_root() -> Path:
    """Return the folder above MNIST/raw: MNIST_ROOT if it is set, otherwise `data`.

    That is next to app.py in a checkout, and in the current folder when the package is installed.
    """
    return Path(os.environ.get("MNIST_ROOT") or (ROOT if IS_CHECKOUT else Path.cwd()) / "data")


def classes_root() -> Path:
    """Return the folder of the classes: CLASSES_ROOT if it is set, otherwise `classes`, where `data_root` lies too."""
    return Path(os.environ.get("CLASSES_ROOT") or (ROOT if IS_CHECKOUT else Path.cwd()) / "classes")
