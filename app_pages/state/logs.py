"""What the server logs: its start, runs, and refused input, never what was drawn or who drew it."""

import logging
import os

FORMAT = "%(asctime)s %(levelname)s %(message)s"
LEVEL = "LOG_LEVEL"  # the environment variable that sets it, INFO where there is none
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configure_logs() -> None:
    """Send the log of the app and its core to standard error, unless whoever runs them has set up logging."""
    level = os.environ.get(LEVEL, "").upper()
    for name in ("mnist_core", "app_pages"):
        logger = logging.getLogger(name)
        logger.setLevel(level if level in LEVELS else "INFO")
        if not logger.hasHandlers():
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter(FORMAT))
            logger.addHandler(handler)
