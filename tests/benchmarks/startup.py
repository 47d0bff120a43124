"""Measure how long the app and the command line take to start, and compare that with importing libraries alone.

    python -m tests.benchmarks.startup [--runs 5] [--only page | commands]

All are timed as whole processes and take turns. The app is timed until a real Chromium, already open, shows the canvas,
and until it shows the first answer; a command until it has ended. Prints the medians, and those of the ratios. The
page needs Chromium, and `data` needs MNIST.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import LAUNCH, free_port, serve

SEVEN = '{"size": 280, "brush": 16, "strokes": [[[80, 70], [190, 70], [120, 220]]]}'


def seconds_of(*words: str) -> float:
    """Time a process of Python with the given arguments."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def compare(commands: Mapping[str, Sequence[str]], runs: int) -> None:
    """Time commands in turns, and print their medians, and the medians of their ratios to the first."""
    rows = [[seconds_of(*words) for words in commands.values()] for _ in range(runs)]
    for place, name in enumerate(commands):
        ratio = statistics.median(row[place] / row[0] for row in rows)
        print(f"{name}: {statistics.median(row[place] for row in rows):.2f} s; ratio {ratio:.2f}")


def seconds_to_first_page(browser: Browser) -> tuple[float, float]:
    """Start the app, and time until the browser shows the canvas, and until it shows the first answer."""
    port = free_port()
    started = time.perf_counter()
    with serve(port):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}")
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        canvas = time.perf_counter() - started
        page.get_by_test_id("answer").wait_for(timeout=60_000)
        answer = time.perf_counter() - started
        page.close()
    return canvas, answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is timed")
    parser.add_argument("--only", choices=("page", "commands"), help="what is measured; both if it is left out")
    options = parser.parse_args()
    if options.only != "commands":
        measure_page(options.runs)
    if options.only != "page":
        measure_commands(options.runs)


def measure_commands(runs: int) -> None:
    """Compare the command line with the import of torch."""
    command = ("-m", "mnist_core")
    with tempfile.TemporaryDirectory() as folder:
        drawing = Path(folder, "drawing.jsonl")
        drawing.write_text(SEVEN, encoding="utf-8")
        commands = {
            "import torch": ("-c", "import torch"),
            "predict, one drawing": (*command, "predict", str(drawing)),
            "data": (*command, "data"),
            "-h": (*command, "-h"),
        }
        compare(commands, runs)


def measure_page(runs: int) -> None:
    """Compare the first page with the imports of torch and streamlit."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        rows = [(seconds_of("-c", "import torch, streamlit"), *seconds_to_first_page(browser)) for _ in range(runs)]
    print(f"import torch, streamlit: {statistics.median(row[0] for row in rows):.2f} s")
    for place, name in enumerate(("canvas", "first answer"), start=1):
        ratio = statistics.median(row[place] / row[0] for row in rows)
        print(f"streamlit run to the {name}: {statistics.median(row[place] for row in rows):.2f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
