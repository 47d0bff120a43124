"""Measure how long the app takes to start, and compare that with importing torch and streamlit alone.

    python -m tests.benchmarks.startup [--runs 5]

Both are timed as whole processes and take turns. The app has started once a real Chromium, already open, shows the
canvas. Prints the medians, and the median of the ratios. Needs Chromium.
"""

import argparse
import statistics
import subprocess
import sys
import time

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import LAUNCH, free_port, serve


def seconds_to_import() -> float:
    """Time a process that imports torch and streamlit."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, streamlit"], check=True)
    return time.perf_counter() - started


def seconds_to_first_page(browser: Browser) -> float:
    """Start the app, and time until the browser shows the canvas."""
    port = free_port()
    started = time.perf_counter()
    with serve(port):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}")
        page.locator("canvas.upper-canvas").wait_for(timeout=60_000)
        seconds = time.perf_counter() - started
        page.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often each is timed")
    runs = parser.parse_args().runs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        pairs = [(seconds_to_import(), seconds_to_first_page(browser)) for _ in range(runs)]
    imports, pages = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(page / imported for imported, page in pairs)
    print(f"import torch, streamlit: {imports:.2f} s; streamlit run to the canvas: {pages:.2f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
