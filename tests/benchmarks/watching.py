"""What it costs a run to be watched: the same training from the command line, and in the app with a page on its curves.

    python -m tests.benchmarks.watching [--model cnn] [--epochs 2] [--trials 3] [--clicks 10]

The two take turns. Compared are the seconds inside the training that both write down, and, as an upper bound, the
seconds from the click on Start to "finished" on the page. In one more run a second page is clicked meanwhile, and the
browser's own clock says how soon it answers.
"""

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from mnist_core.models.storage import WEIGHTS, load_config
from mnist_core.runs.command import command_line
from mnist_core.runs.files import load_reports
from tests.benchmarks.controls import BADGE, PROGRESS, delay
from tests.browser.serving import LAUNCH, ROOT, free_port, serve

LONGEST = 900_000  # ms that a run may take


def watch_run(page: Page, folder: Path) -> tuple[float, float, Path]:
    """Start a run and look on; returns the seconds inside its training, those on the page, and its folder."""
    before = set(folder.iterdir()) if folder.is_dir() else set()
    started = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(BADGE, has_text="training").wait_for()
    page.locator(BADGE, has_text="finished").wait_for(timeout=LONGEST)
    seconds = time.perf_counter() - started
    (run,) = set(folder.iterdir()) - before
    return load_reports(run)[-1].seconds, seconds, run


def run_command(run: Path, out: Path) -> float:
    """Repeat a run from the command line; returns the seconds inside its training."""
    _, *words = shlex.split(command_line(load_config(run)))
    subprocess.run([sys.executable, *words[:-1], str(out)], cwd=ROOT, check=True, capture_output=True)
    return load_reports(out)[-1].seconds


def clicks(page: Page, count: int) -> dict[str, list[float]]:
    """Return how many ms an image of the Browse page takes to open, and the Train page to change its view."""
    found: dict[str, list[float]] = {"an image opens": [], "the Train page changes its view": []}
    address = page.url
    page.goto(address.replace("train", "browse"))
    tiles = page.get_by_role("listbox", name="test images").get_by_role("option")
    tiles.first.wait_for(timeout=60_000)
    page.wait_for_timeout(3_000)
    for place in range(1, count + 1):
        number = (tiles.nth(place).get_attribute("aria-label") or "").split(",")[0].split()[-1]
        found["an image opens"].append(delay(page, tiles.nth(place), "h2,h3", f"Test image {number}"))
        page.wait_for_timeout(500)
    page.goto(address)
    page.locator(PROGRESS).first.wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)
    for place in range(count):
        view, words = (("By digit", "The whole test set"), ("Run card", "This command line"))[place % 2]
        button = page.get_by_role("radio", name=view)
        found["the Train page changes its view"].append(delay(page, button, "[data-testid=stCaptionContainer]", words))
        page.wait_for_timeout(500)
    return found


def click_meanwhile(browser: Browser, page: Page, count: int) -> None:
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("100")
    epochs.press("Enter")
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Images per second").wait_for(timeout=60_000)
    other = browser.new_page()
    other.goto(page.url)
    other.get_by_role("heading", level=1).wait_for(timeout=60_000)
    for what, delays in clicks(other, count).items():
        delays.sort()
        p95 = delays[round(0.95 * (len(delays) - 1))]
        print(f"while it trains {what}: median {statistics.median(delays):.0f} ms, p95 {p95:.0f} ms, {count} clicks")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(BADGE, has_text="stopped").wait_for()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["linear", "mlp", "cnn"], default="cnn")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--clicks", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = Path(folder) / "runs"
        with serve(free_port(), RUNS_ROOT=str(runs)) as address:
            browser = playwright.chromium.launch(**LAUNCH)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(f"{address}/train")
            page.get_by_role("heading", level=1).wait_for(timeout=60_000)
            for name in ({"mlp": "MLP", "cnn": "CNN"}.get(chosen.model, "Linear"), "Quick look"):
                page.get_by_role("radio", name=name).first.click()
                page.wait_for_timeout(1_000)
            watch_run(page, runs)  # the first one warms up
            page.get_by_text("All settings").first.click()
            page.get_by_role("spinbutton", name="Epochs").fill(str(chosen.epochs))
            page.get_by_role("spinbutton", name="Epochs").press("Enter")
            page.wait_for_timeout(1_500)
            ratios, bounds = [], []
            for trial in range(chosen.trials):
                inside, whole, run = watch_run(page, runs)
                again = Path(folder) / f"again{trial}"
                alone = run_command(run, again)
                same = (run / WEIGHTS).read_bytes() == (again / WEIGHTS).read_bytes()
                print(
                    f"app, watched {inside:.1f} s, from Start to finished {whole:.1f} s; command line {alone:.1f} s; "
                    f"{'the same' if same else 'other'} weights",
                    flush=True,
                )
                ratios.append(inside / alone)
                bounds.append(whole / alone)
            print(f"ratio {statistics.median(ratios):.2f}, at most {statistics.median(bounds):.2f}", flush=True)
            if chosen.clicks:
                click_meanwhile(browser, page, chosen.clicks)


if __name__ == "__main__":
    main()
