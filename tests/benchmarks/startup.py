"""How long from `streamlit run` to the first usable page, beside what importing torch and streamlit alone costs.

    python -m tests.benchmarks.startup [--runs 5]

Both are whole processes, taken in turn; the page is usable once the canvas stands in a real Chromium that was already
open. Prints the medians and their ratio.
"""

import argparse
import statistics
import subprocess
import sys
import time

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import LAUNCH, free_port, serve


def seconds_to_import() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch, streamlit"], check=True)
    return time.perf_counter() - started


def seconds_to_first_page(browser: Browser) -> float:
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
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        pairs = [(seconds_to_import(), seconds_to_first_page(browser)) for _ in range(runs)]
    imports, pages = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(page / imported for imported, page in pairs)
    print(f"import torch, streamlit: {imports:.2f} s; streamlit run to the canvas: {pages:.2f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
